import FoundationEssentials
import Shared

/// What was said so far, and what of it is shown.
extension AppModel {
    /// - Parameter capture: the one that the note is about, so that its delivery can be told in the same line.
    mutating func note(_ note: Note, capture: UUID? = nil) {
        var entry = LogEntry(at: clock, note: note)
        effects.append(.record(entry))
        entry.capture = capture
        show(entry)
    }

    /// For the log and the reader of a headless client alone.
    mutating func record(_ note: Note) {
        effects.append(.record(LogEntry(at: clock, note: note)))
    }

    /// What every time on the screen and in the log is of.
    var clock: Timestamp { now.wall }

    private mutating func show(_ entry: LogEntry) {
        log.append(entry)
        // Whoever reads older ones goes on reading them.
        if newerMessages > 0 { newerMessages += 1 }
        if log.count > Self.logLimit { log.removeFirst(log.count - Self.logLimit) }
        scroll(by: 0)
    }

    /// Up, to older messages, and with a negative number down.
    mutating func scroll(by messages: Int) {
        newerMessages = min(max(newerMessages + messages, 0), max(log.count - 1, 0))
    }

    /// In the line of the capture itself; those of an earlier run have none.
    mutating func tellDelivery(of id: UUID, as file: String) {
        record(.uploaded(file: file))
        if let index = log.lastIndex(where: { $0.capture == id }) {
            log[index].isDelivered = true
        } else if !(log.last?.isDelivery ?? false) {
            show(LogEntry(at: clock, note: .uploaded(file: file)))
        }
    }
}
