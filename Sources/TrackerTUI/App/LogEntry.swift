import Shared

/// A note and when it was made.
struct LogEntry: Sendable, Hashable {
    var at: Timestamp
    var note: Note

    /// `<ISO UTC time> <event> <sentence>`
    var line: String { "\(at.iso8601) \(text)" }

    /// `<event> <sentence>`, one line without control characters whatever the server sent.
    var text: String {
        let sentence = String(String.UnicodeScalarView(note.text.unicodeScalars.map { $0.isLineSafe ? $0 : " " }))
        return "\(note.name) \(sentence)"
    }
}

extension Unicode.Scalar {
    fileprivate var isLineSafe: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format: false
        default: true
        }
    }
}
