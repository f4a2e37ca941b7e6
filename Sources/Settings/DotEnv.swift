/// The `.env` format: one `KEY=VALUE` a line, optionally `export` before it; `#` starts a comment at the start of a line
/// or after white space; a value may stand in single quotes (taken as it is) or double quotes (`\n`, `\"`, `\\` and `\$` are
/// read as escapes). A byte order mark at its beginning is passed over.
enum DotEnv {
    /// Of a key that stands twice the last line wins.
    static func parse(_ text: String) throws(SettingError) -> [String: String] {
        var values: [String: String] = [:]
        let lines = Substring(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in lines.enumerated() {
            var rest = line.trimming(while: \.isWhitespace)
            guard let first = rest.first, first != "#" else { continue }
            if rest.hasPrefix("export ") { rest = rest.dropFirst("export ".count).trimming(while: \.isWhitespace) }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            rest = rest.dropFirst(name.count).trimming(while: \.isWhitespace)
            guard !name.isEmpty, rest.first == "=",
                let value = value(of: rest.dropFirst().trimming(while: \.isWhitespace))
            else {
                throw SettingError(name: ".env line \(index + 1)", value: nil, allowed: "KEY=VALUE or a # comment")
            }
            values[String(name)] = value
        }
        return values
    }

    /// Nil when a quote does not close, or something other than a comment follows it.
    private static func value(of text: Substring) -> String? {
        guard let quote = text.first, quote == "\"" || quote == "'" else {
            return String(withoutComment(text))
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                return withoutComment(rest).isEmpty ? value : nil
            }
            if character == "\\", quote == "\"", let next = rest.first, "n\"\\$".contains(next) {
                value.append(next == "n" ? "\n" : next)
                rest.removeFirst()
            } else {
                value.append(character)
            }
        }
        return nil
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        var end = text.startIndex
        var followsSpace = true
        while end < text.endIndex, !(text[end] == "#" && followsSpace) {
            followsSpace = text[end].isWhitespace
            end = text.index(after: end)
        }
        return text[..<end].trimming(while: \.isWhitespace)
    }
}

extension Substring {
    fileprivate func trimming(while matches: (Character) -> Bool) -> Substring {
        var result = drop(while: matches)
        while let last = result.last, matches(last) { result.removeLast() }
        return result
    }
}
