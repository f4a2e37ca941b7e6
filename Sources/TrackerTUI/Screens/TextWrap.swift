import Shared

/// Text in lines of limited width.
enum TextWrap {
    /// Breaks at spaces; a word that is wider than a line is broken where it must be.
    static func lines(_ text: String, columns: Int) -> [String] {
        guard columns > 0 else { return [] }
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            var word = word
            if used > 0, used + 1 + CharacterWidth.columns(of: word) > columns {
                lines.append(line)
                (line, used) = ("", 0)
            }
            while CharacterWidth.columns(of: word) > columns {
                let head = cut(word, columns: columns)
                guard !head.isEmpty else { return lines }
                lines.append(head)
                word = word.dropFirst(head.count)
            }
            if used > 0 { line += " " }
            line += word
            used = CharacterWidth.columns(of: line)
        }
        if !line.isEmpty { lines.append(line) }
        return lines
    }

    /// At most so many lines; an ellipsis at the end of the last tells that something is missing.
    static func lines(_ text: String, columns: Int, rows: Int) -> [String] {
        first(rows, of: lines(text, columns: columns), columns: columns)
    }

    /// The same of lines that are already broken.
    static func first(_ rows: Int, of lines: [String], columns: Int) -> [String] {
        guard lines.count > rows, rows > 0 else { return lines }
        let rest = lines[(rows - 1)...].joined(separator: " ")
        return lines[..<(rows - 1)] + [shortened(rest, columns: columns)]
    }

    /// The beginning of a text, as much as fits; `…` tells that something is missing.
    static func shortened(_ text: String, columns: Int) -> String {
        guard CharacterWidth.columns(of: text) > columns else { return text }
        return columns > 0 ? cut(text[...], columns: columns - 1) + "…" : ""
    }

    private static func cut(_ text: Substring, columns: Int) -> String {
        var used = 0
        return String(
            text.prefix { character in
                used += CharacterWidth.columns(of: character)
                return used <= columns
            })
    }
}
