/// The `.env` format: one `KEY=VALUE` a line, optionally `export` before it; `#` starts a comment at the start of a line
/// or after white space; a value may stand in single quotes (taken as it is) or double quotes (`\n`, `\"`, `\\` and `\$` are
/// read as escapes). A byte order mark at its beginning is passed over.
enum DotEnv {
    /// Of a key that stands twice the last line wins.
    static func parse(_ text: String) throws(SettingError) -> [String: String] {
        var values: [String: String] = [:]
        for (number, line) in lines(of: text) {
            guard let first = line.first, first != "#" else { continue }
            guard let (name, text) = assignment(line), let text, let value = value(of: text) else {
                throw SettingError(name: ".env line \(number)", value: nil, allowed: "KEY=VALUE or a # comment")
            }
            values[name] = value
        }
        return values
    }

    /// A value and the number of its line.
    typealias Entry = (value: String, line: Int)

    /// The settings of these names in a file that may be other programs' too: their lines are passed over, whatever they are,
    /// also those inside a quote of theirs that goes on over several.
    ///
    /// - Parameter path: for the error, when one of the names stands there with a value that cannot be read.
    static func parse(_ text: String, names: Set<String>, path: String) throws(SettingError) -> [String: Entry] {
        var entries: [String: Entry] = [:]
        var rest = lines(of: text)[...]
        while let (number, line) = rest.popFirst() {
            guard let (name, text) = assignment(line) else { continue }
            if names.contains(name) {
                guard let text, let value = value(of: text) else {
                    throw SettingError(
                        name: name, value: nil, allowed: "followed by = and its value, in quotes that close or in none",
                        origin: "\(path) line \(number)")
                }
                entries[name] = (value, number)
            } else if let quote = text.flatMap(openQuote), let end = rest.firstIndex(where: { $0.text.contains(quote) })
            {
                rest = rest[rest.index(after: end)...]
            }
        }
        return entries
    }

    /// Without white space around them.
    private static func lines(of text: String) -> [(number: Int, text: Substring)] {
        Substring(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .enumerated().map { ($0 + 1, $1.trimming(while: \.isWhitespace)) }
    }

    /// The name at the beginning, and what is behind the equals sign; nil for that where there is none. Nil for a line
    /// without a name, and for one that only exports a name.
    private static func assignment(_ line: Substring) -> (name: String, text: Substring?)? {
        var rest = line
        let isExport = rest.hasPrefix("export ")
        if isExport { rest = rest.dropFirst("export ".count).trimming(while: \.isWhitespace) }
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        rest = rest.dropFirst(name.count).trimming(while: \.isWhitespace)
        guard !name.isEmpty, !(isExport && rest.isEmpty) else { return nil }
        return (String(name), rest.first == "=" ? rest.dropFirst().trimming(while: \.isWhitespace) : nil)
    }

    /// The quote that a value begins with, if it goes on in the next line.
    private static func openQuote(_ text: Substring) -> Character? {
        guard let quote = text.first, quote == "\"" || quote == "'" else { return nil }
        return text.dropFirst().contains(quote) ? nil : quote
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
