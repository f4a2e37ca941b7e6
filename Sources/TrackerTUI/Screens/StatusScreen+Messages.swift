// What was said so far.

extension StatusScreen {
    /// Of a time of day.
    private static let timeColumns = 8

    static func messagesTitle(_ model: AppModel) -> String {
        switch model.messages.reading?.newer {
        case nil: "Messages"
        case 0?: "Messages: End for the newest"
        case let newer?: "Messages: \(newer) newer, End"
        }
    }

    /// Of a message, on a screen of that width.
    static func lines(of entry: LogEntry, in model: AppModel, width: Int) -> [String] {
        TextWrap.lines(entry.words(model.timeOfDay), columns: width - timeColumns - 3)
    }

    /// The newest ones, or those that somebody reads, oldest first, as many as fit. Of one that has no room the beginning is
    /// shown, with what it says; to who reads on upwards, its end.
    static func drawMessages(_ model: AppModel, y: Int, end: Int, into canvas: inout Canvas) {
        var rows: [(time: String, text: String, style: Style)] = []
        var below = model.messages.reading?.below ?? 0
        for entry in model.messages.entries.dropLast(model.messages.reading?.newer ?? 0).reversed()
        where rows.count < end - y {
            var lines = lines(of: entry, in: model, width: canvas.width)
            let times = [model.timeOfDay(entry.at)] + Array(repeating: "", count: max(lines.count - 1, 0))
            if model.messages.reading == nil {
                lines = TextWrap.first(end - y - rows.count, of: lines, columns: canvas.width - timeColumns - 3)
            }
            rows += zip(times, lines).dropLast(max(min(below, lines.count - 1), 0))
                .map { (time: $0, text: $1, style: style(of: entry.kind)) }.reversed()
            below = 0
        }
        for (offset, row) in rows.prefix(max(end - y, 0)).reversed().enumerated() {
            canvas.put(row.time, x: 1, y: y + offset, style: .faint)
            canvas.put(row.text, x: timeColumns + 2, y: y + offset, style: row.style)
        }
    }

    private static func style(of kind: Note.Kind) -> Style {
        switch kind {
        case .plain: .plain
        case .good: Style(color: .green)
        case .warning: Style(color: .yellow)
        case .bad: Style(color: .red)
        }
    }
}
