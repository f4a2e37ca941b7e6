import DequeModule
import NIOCore

/// What was told and somebody still has to get: each event once for all, as it goes over the wire. Pure.
///
/// A place in it is how many bytes were told before.
struct EventLog: Sendable {
    private var entries: Deque<(bytes: ByteBuffer, end: Int)> = []
    /// The place behind the last event.
    private(set) var end = 0

    /// What it holds, in bytes.
    var size: Int { entries.reduce(0) { $0 + $1.bytes.readableBytes } }

    mutating func append(_ bytes: ByteBuffer) {
        end += bytes.readableBytes
        entries.append((bytes, end))
    }

    /// The events behind a place, until they are `limit` bytes or more.
    /// - Returns: also the place behind them.
    func read(from place: Int, upTo limit: Int) -> (parts: [ByteBuffer], end: Int) {
        var parts: [ByteBuffer] = []
        var end = place
        for entry in entries[entries.partition(isBehind: { $0.end > place })...] {
            guard end - place < limit else { break }
            parts.append(entry.bytes)
            end = entry.end
        }
        return (parts, end)
    }

    /// Nobody needs what is told before that place any more.
    mutating func forget(before place: Int) {
        entries.removeFirst(entries.partition { $0.end > place })
    }
}
