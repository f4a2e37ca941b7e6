import NIOCore
import Shared
import Synchronization

/// The office's events for those who follow them over HTTP: carries out what ``EventState`` decides.
///
/// Whoever tells something only leaves it here; readers are woken later, once for all that was told meanwhile.
final class EventFeed: Sendable {
    /// Somebody who follows the events, on a connection of their own.
    struct Reader: Sendable {
        fileprivate let id: EventState.ReaderID
        let channel: any Channel
    }

    private struct Inside {
        var state: EventState
        var channels: [EventState.ReaderID: any Channel] = [:]
        /// Those who have got all there is.
        var waiting: [EventState.ReaderID: CheckedContinuation<Void, Never>] = [:]
        var isWaking = false
    }

    private let inside: Mutex<Inside>

    /// - Parameter open: the sessions that are under way before anything is told.
    init(open sessions: [WorkSession]) {
        inside = Mutex(Inside(state: EventState(open: sessions)))
    }

    /// How many follow it.
    var readers: Int { inside.withLock(\.state.count) }
    /// What is kept for those who are behind, in bytes.
    var size: Int { inside.withLock(\.state.size) }

    // MARK: Telling

    func tell(_ events: [OfficeEvent]) {
        guard !events.isEmpty else { return }
        change { $0.tell(events) }
    }

    /// Sends everybody a comment, so that no proxy takes a connection for dead.
    func keepAwake() { change { $0.keepAwake() } }

    private func change(_ body: (inout EventState) -> [EventState.ReaderID]) {
        let (slow, mustWake) = inside.withLock { inside in
            let slow = body(&inside.state).compactMap { inside.channels.removeValue(forKey: $0) }
            let mustWake = !inside.isWaking && !inside.waiting.isEmpty
            if mustWake { inside.isWaking = true }
            return (slow, mustWake)
        }
        // What waits for them goes with their connections.
        for channel in slow { channel.close(promise: nil) }
        if mustWake { Task { wake() } }
    }

    private func wake() {
        let waiting = inside.withLock { inside in
            defer { (inside.waiting, inside.isWaking) = ([:], false) }
            return inside.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Reading

    /// - Returns: also what the reader is to get first.
    func enter(on channel: any Channel, at now: Timestamp) -> (reader: Reader, hello: ByteBuffer) {
        inside.withLock { inside in
            let (id, hello) = inside.state.enter(at: now)
            inside.channels[id] = channel
            return (Reader(id: id, channel: channel), hello)
        }
    }

    /// What comes next, as soon as there is something; nil when nothing more comes. To be asked when all before is written.
    func next(for reader: Reader) async throws -> [ByteBuffer]? {
        while true {
            let held = try await reader.channel.getOption(.bufferedWritableBytes).get()
            switch inside.withLock({ $0.state.next(for: reader.id, held: held) }) {
            case .parts(let parts): return parts
            case .end: return nil
            case .nothing: await news(for: reader.id)
            }
        }
    }

    private func news(for id: EventState.ReaderID) async {
        await withCheckedContinuation { continuation in
            let waits = inside.withLock { inside in
                guard inside.state.isUpToDate(id) else { return false }
                inside.waiting[id] = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    /// The reader gets nothing more. One that does not take what it was given is not waited for.
    func end(_ reader: Reader) {
        let (isFirst, waiting) = inside.withLock { inside in
            inside.channels[reader.id] = nil
            return (inside.state.leave(reader.id), inside.waiting.removeValue(forKey: reader.id))
        }
        waiting?.resume()
        guard isFirst else { return }
        let channel = reader.channel
        channel.eventLoop.execute { if !channel.isWritable { channel.close(promise: nil) } }
    }
}
