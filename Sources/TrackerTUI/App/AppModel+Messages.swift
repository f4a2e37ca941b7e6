import FoundationEssentials
import Shared

extension AppModel {
    /// What every time on the screen and in the log is of.
    var clock: Timestamp { now.wall }

    /// - Parameter capture: the one that the note is about, so that its delivery can be told in the same line.
    mutating func note(_ note: Note, capture: UUID? = nil) {
        var entry = LogEntry(at: clock, note: note)
        effects.append(.record(entry))
        entry.capture = capture
        messages.show(entry)
    }

    /// For the log and the reader of a headless client alone.
    mutating func record(_ note: Note) {
        effects.append(.record(LogEntry(at: clock, note: note)))
    }

    /// In the line of the capture itself, if there is one.
    mutating func tellDelivery(of id: UUID, as file: String) {
        record(.uploaded(file: file))
        if !messages.markDelivered(id), !(messages.entries.last?.isDelivery ?? false) {
            messages.show(LogEntry(at: clock, note: .uploaded(file: file)))
        }
    }

    mutating func scroll(by lines: Int) {
        let model = self
        let layout = Messages.Layout(
            rows: { StatusScreen().messageRows(of: model) },
            lines: { StatusScreen.lines(of: $0, in: model, width: model.size.width).count })
        messages.scroll(by: lines, layout)
    }
}
