/// One line of text that is being typed.
struct TextField: Hashable, Sendable {
    static let limit = 256

    private(set) var text: String
    /// Characters before the cursor.
    private(set) var cursor: Int
    let isSecret: Bool

    init(_ text: String = "", isSecret: Bool = false) {
        self.text = String(text.prefix(Self.limit))
        cursor = self.text.count
        self.isSecret = isSecret
    }

    mutating func clear() {
        text = ""
        cursor = 0
    }

    /// False when the key is none of a field's own.
    mutating func handle(_ key: Key) -> Bool {
        switch key {
        case .character(let character): insert(String(character))
        case .paste(let text): insert(Self.firstLine(of: text))
        case .backspace where cursor > 0:
            remove(at: cursor - 1)
            cursor -= 1
        case .delete where cursor < text.count: remove(at: cursor)
        case .backspace, .delete: break
        case .left: cursor = max(cursor - 1, 0)
        case .right: cursor = min(cursor + 1, text.count)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .control("u"): clear()
        case .control("w"): removeWord()
        default: return false
        }
        return true
    }

    private mutating func insert(_ new: String) {
        // A combining mark that was typed alone may join the character before it, so count afterwards.
        let head = text.prefix(cursor) + new
        let room = String(head) + text.dropFirst(cursor)
        guard room.count <= Self.limit, room.unicodeScalars.count <= Self.limit * 4 else { return }
        cursor = head.count
        text = room
    }

    /// The last word before the cursor and what is between; of a secret all, since its words show how it is made.
    private mutating func removeWord() {
        var head = text.prefix(cursor)
        if isSecret { head = "" }
        while head.last?.isWhitespace == true { head.removeLast() }
        while head.last?.isWhitespace == false { head.removeLast() }
        text = String(head) + text.dropFirst(cursor)
        cursor = head.count
    }

    private mutating func remove(at position: Int) {
        text.remove(at: text.index(text.startIndex, offsetBy: position))
    }

    /// People copy a password with the line end after it, and sometimes with the one before.
    private static func firstLine(of text: String) -> String {
        let line = text.drop { $0.isNewline }.prefix { !$0.isNewline }
        return String(
            String.UnicodeScalarView(line.unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
