import FoundationEssentials
import Shared

/// A note and when it was made.
struct LogEntry: Sendable, Hashable {
    var at: Timestamp
    var note: Note
    /// The capture that it is about.
    var capture: UUID?
    /// That capture has been delivered.
    var isDelivered = false

    /// `<ISO UTC time> <event> <sentence>`
    var line: String { "\(at.iso8601) \(text)" }

    /// `<event> <sentence>`, one line without control characters and of bearable length, whatever the server sent.
    var text: String { "\(note.name) \(note.text.onOneLine)".cut(toBytes: FileLogHandler.longestLine) }

    /// As the screen says it: with times of day, and without the names of files.
    ///
    /// - Parameter clock: a time in the words of the screen.
    func words(_ clock: (Timestamp) -> String) -> String {
        if isDelivery { return "Earlier captures delivered." }
        return note.words(clock).onOneLine + (isDelivered ? " Delivered." : "")
    }

    var kind: Note.Kind { isDelivered && note.kind == .plain ? .good : note.kind }

    var isDelivery: Bool { if case .uploaded = note { true } else { false } }
}
