import Shared

/// A note and when it was made.
struct LogEntry: Sendable, Hashable {
    var at: Timestamp
    var note: Note

    /// `<ISO UTC time> <event> <sentence>`
    var line: String { "\(at.iso8601) \(text)" }

    /// `<event> <sentence>`, one line without control characters whatever the server sent.
    var text: String { "\(note.name) \(note.text.onOneLine)" }
}
