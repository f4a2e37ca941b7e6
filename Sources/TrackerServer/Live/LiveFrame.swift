import Foundation
import JSON
import Shared
import SocketIO
import Synchronization

/// A frame on its way, as the event that carried it.
struct LiveFrame: Sendable {
    let employee: AccountID
    /// When the screen looked like this, in the employee's words.
    let ts: String
    private let event: SocketEvent

    /// Nil when the payload is not `{employeeId, frameBase64, ts}`. The image is read over, not read.
    init?(_ event: SocketEvent) {
        var employee: String?
        var ts: String?
        var hasImage = false
        do throws(JSONError) {
            try event.readObject { reader, key throws(JSONError) in
                switch key.text {
                case "employeeId": employee = try reader.text()
                case "frameBase64":
                    hasImage = reader.isAtText
                    try reader.skipValue()
                case "ts":
                    let value = try reader.value()
                    ts = value.text
                    if case .number(let number) = value { ts = number.text }
                default: try reader.skipValue()
                }
            }
        } catch {
            // Another payload than the event's: nothing was promised to its sender.
            return nil
        }
        guard let employee, let ts, hasImage else { return nil }
        self.employee = AccountID(stored: employee)
        self.ts = ts
        self.event = event
    }

    /// The image's bytes; nil when they are no base64 of a PNG or JPEG.
    var image: (bytes: Data, format: ImageFormat)? {
        guard let text = event.arguments.first?.object?["frameBase64"]?.text,
            let bytes = Data(base64Encoded: text), let format = ImageFormat(firstBytes: Array(bytes.prefix(16)))
        else { return nil }
        return (bytes, format)
    }

    /// True when it shows the screen later than `other` did.
    func isLater(than other: String) -> Bool {
        guard let own = Timestamp(iso8601: ts), let other = Timestamp(iso8601: other) else { return ts != other }
        return own > other
    }
}

/// The newest frame for somebody who watches over HTTP: who is slow gets fewer.
final class FrameBox: Sendable {
    private struct State {
        var newest: (number: Int, frame: LiveFrame)?
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiting = 0
        var isEnded = false
    }

    private let state = Mutex(State())
    private let ended: @Sendable () -> Void

    /// - Parameter ended: called once, when nobody watches any more.
    init(ended: @escaping @Sendable () -> Void) {
        self.ended = ended
    }

    var isEnded: Bool { state.withLock(\.isEnded) }

    func put(_ frame: LiveFrame) {
        wake { state in state.newest = ((state.newest?.number ?? 0) + 1, frame) }
    }

    /// Nobody watches any more, or there is nothing left to see.
    func end() {
        let isFirst = state.withLock { state in
            defer { state.isEnded = true }
            return !state.isEnded
        }
        wake { _ in }
        // Not here: who ends it may hold the lock that the end takes.
        if isFirst { Task { ended() } }
    }

    private func wake(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [:] }
            return state.waiting.values.map { $0 }
        }
        for continuation in waiting { continuation.resume() }
    }

    /// The newest frame that `isWanted`, as soon as there is one; nil when the time is over, or the watch.
    /// - Returns: also its number; later frames have higher ones.
    func next(
        within limit: Duration, _ isWanted: @Sendable (Int, LiveFrame) -> Bool
    ) async -> (number: Int, frame: LiveFrame)? {
        let end = ContinuousClock.now + limit
        while true {
            let (newest, isEnded) = state.withLock { ($0.newest, $0.isEnded) }
            if isEnded { return nil }
            if let newest, isWanted(newest.number, newest.frame) { return newest }
            let rest = end - .now
            guard rest > .zero, !Task.isCancelled else { return nil }
            await change(after: newest?.number ?? 0, within: rest)
        }
    }

    /// Returns when there is a newer frame than that, or the watch has ended, or the time is over.
    private func change(after number: Int, within limit: Duration) async {
        let id = state.withLock { state in
            state.lastWaiting += 1
            return state.lastWaiting
        }
        let alarm = Task { [weak self] in
            do {
                try await Task.sleep(for: limit)
            } catch {
                // Woken before.
            }
            self?.state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
        defer { alarm.cancel() }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard (state.newest?.number ?? 0) <= number, !state.isEnded, !alarm.isCancelled else { return true }
                state.waiting[id] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }
}
