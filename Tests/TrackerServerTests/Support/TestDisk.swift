import Files
import Foundation
import Synchronization

@testable import TrackerServer

/// A disk whose flushes the test lets fail. Those of the journal's records it also counts and holds up.
final class TestDisk: Sendable {
    private struct State {
        var calls = 0
        var failures = 0
        var spoils = false
        var isHeld = false
        var isBlocked = false
        var arrival: CheckedContinuation<Void, Never>?
        var beforeFiles: Flush = { _ in }
    }

    private let state = Mutex(State())
    private let gate = DispatchSemaphore(value: 0)

    var calls: Int { state.withLock(\.calls) }

    /// The next flushes fail; with `spoiling`, what they should have flushed turns into garbage.
    func fail(times: Int, spoiling: Bool = false) {
        state.withLock { state in
            state.failures = times
            state.spoils = spoiling
        }
    }

    func heal() {
        fail(times: 0)
        beforeFiles { _ in }
    }

    /// From now on flushes wait for ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let isBlocked = state.withLock { state in
            defer { (state.isHeld, state.isBlocked) = (false, false) }
            return state.isBlocked
        }
        if isBlocked { gate.signal() }
    }

    /// Returns when a flush waits.
    func waitUntilBlocked() async {
        await withCheckedContinuation { continuation in
            let isBlocked = state.withLock { state in
                if !state.isBlocked { state.arrival = continuation }
                return state.isBlocked
            }
            if isBlocked { continuation.resume() }
        }
    }

    /// Called before a new file or a folder is flushed; what it throws fails the flush.
    func beforeFiles(_ body: @escaping Flush) { state.withLock { $0.beforeFiles = body } }

    /// From now on the flushes of new files and folders whose path ends so fail.
    func failFiles(ending end: String, code: Int32 = EIO) {
        beforeFiles { file throws(FileError) in
            if file.path.hasSuffix(end) { throw FileError(attempt: "flush \(file.path)", code: code) }
        }
    }

    var flushes: Flushes {
        Flushes(
            records: records,
            files: { [self] file throws(FileError) in
                try state.withLock(\.beforeFiles)(file)
                try file.flush()
            })
    }

    private var records: Flush {
        { [self] file throws(FileError) in
            let (fails, spoils, waits, arrival) = state.withLock { state in
                state.calls += 1
                let fails = state.failures > 0
                state.failures = max(0, state.failures - 1)
                if state.isHeld { state.isBlocked = true }
                defer { if state.isHeld { state.arrival = nil } }
                return (fails, state.spoils, state.isHeld, state.isHeld ? state.arrival : nil)
            }
            if waits {
                arrival?.resume()
                gate.wait()
            }
            guard fails else { return try file.flushData() }
            if spoils { try Self.spoil(file) }
            throw FileError(attempt: "flush \(file.path)", code: EIO)
        }
    }

    /// Overwrites the last line.
    private static func spoil(_ file: OpenFile) throws(FileError) {
        let bytes = try file.read(count: try file.size(), from: 0)
        let lines = bytes[..<(bytes.firstIndex(of: 0) ?? bytes.count)].dropLast()
        let start = (lines.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
        let garbage = (start..<(start + 600)).map { UInt8(truncatingIfNeeded: $0 &* 167 | 1) }
        try file.write(garbage.span, at: start)
    }
}
