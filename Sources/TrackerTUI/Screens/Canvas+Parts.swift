import Shared

extension Canvas {
    /// The program's name, what the screen is, and a line below: rows 0 and 1.
    mutating func drawTitle(_ title: String) {
        let end = put(" Time Tracker", x: 0, y: 0, style: .strong)
        put(glyphs.separator + title, x: end, y: 0)
        drawRule(y: 1)
    }

    mutating func drawRule(_ title: String = "", y: Int) {
        fill(glyphs.horizontal, x: 0, y: y, columns: width, style: .faint)
        if !title.isEmpty { put(" \(title) ", x: 1, y: y, style: .faint) }
    }

    /// Keys and what they do, in the last row. What does not fit is left out.
    mutating func drawHints(_ hints: [KeyHint]) {
        let columns = hints.map { CharacterWidth.columns(of: "\($0.key) \($0.action)") }
        let isTight = columns.reduce(2 * hints.count, +) >= width
        var x = 1
        for (hint, columns) in zip(hints, columns) {
            guard x + columns <= width else { return }
            x = put(hint.key, x: x, y: height - 1, style: Style(color: .cyan, isBold: true))
            x = put(" \(hint.action)", x: x, y: height - 1) + (isTight ? 1 : 2)
        }
    }

    /// Wrapped text; where the rows do not do, an ellipsis tells so.
    ///
    /// - Returns: the row after it.
    @discardableResult
    mutating func drawParagraph(_ text: String, x: Int, y: Int, columns: Int, rows: Int, style: Style = .plain) -> Int {
        let lines = TextWrap.lines(text, columns: columns, rows: rows).prefix(max(rows, 0))
        for (offset, line) in lines.enumerated() { put(line, x: x, y: y + offset, style: style) }
        return y + lines.count
    }

    /// An input field with its label before it. The text is shifted so that the cursor is always seen.
    mutating func drawField(_ label: String, _ field: TextField, x: Int, y: Int, labelColumns: Int, isFocused: Bool) {
        put(label, x: x, y: y, style: isFocused ? .strong : .plain)
        let start = x + labelColumns
        let columns = min(width - start - 1, 52)
        guard columns > 1 else { return }
        let style = isFocused ? Style.selected : Style(isDim: true, isReverse: true)
        fill(" ", x: start, y: y, columns: columns, style: style)
        let shown =
            field.isSecret ? String(repeating: glyphs.secret, count: field.text.count) : field.text
        var hidden = 0
        while CharacterWidth.columns(of: shown.prefix(field.cursor).dropFirst(hidden)) > columns - 1 { hidden += 1 }
        put(String(shown.dropFirst(hidden)), x: start, y: y, style: style, columns: columns)
        if isFocused {
            cursor = Position(x: start + CharacterWidth.columns(of: shown.prefix(field.cursor).dropFirst(hidden)), y: y)
        }
    }

    /// - Parameter progress: from 0 to 1.
    mutating func drawBar(progress: Double, x: Int, y: Int, columns: Int, style: Style) {
        guard columns > 0 else { return }
        let full = Int((progress * Double(columns)).rounded(.down))
        fill(glyphs.barFull, x: x, y: y, columns: full, style: style)
        fill(glyphs.barEmpty, x: x + full, y: y, columns: columns - full, style: .faint)
    }
}
