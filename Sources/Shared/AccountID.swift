/// The email of an account: its id everywhere. Two spellings that differ in case, in how characters are composed, or in
/// white space around them are the same account.
public struct AccountID: Sendable, Hashable {
    /// As the account was made, or as the caller wrote it.
    public let spelling: String
    /// What ids are compared by: the spelling without white space around it, with ``Swift/String/caseFolded``.
    public let folded: String

    public static let rule =
        "1 to 254 characters without white space and without control, invisible, private or unassigned characters"

    /// Trims white space. Nil when the rest breaks ``rule``.
    public init?(_ text: String) {
        let spelling = text.trimmingWhiteSpace
        let scalars = spelling.unicodeScalars
        guard (1...254).contains(scalars.count), scalars.allSatisfy(Self.isAllowed) else { return nil }
        self.init(stored: spelling)
    }

    /// An id as a data file holds it, whatever its form.
    public init(stored spelling: String) {
        self.spelling = spelling
        // Nearly every id is its own folded form, and then shares its memory.
        let isFolded = spelling.utf8.allSatisfy {
            (0x21...0x7E).contains($0) && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
        }
        if isFolded {
            folded = spelling
        } else if spelling.utf8.count > String.longestComposed {
            // No account's. To compare such a text would compose it; its bytes as they are do as well.
            folded = "LONG " + spelling.utf8.map { String($0, radix: 16) }.joined(separator: " ")
        } else {
            folded = spelling.trimmingWhiteSpace.caseFolded
        }
    }

    /// The id of an account of a data file when another account of that file has its id, as they can have had while ids were
    /// compared less thoroughly. It is equal to no other id, but to the twin of the same spelling.
    public init(twin spelling: String) {
        self.spelling = spelling
        // No folded text has a capital.
        folded = "TWIN " + spelling
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: false
        default: !scalar.properties.isWhitespace
        }
    }

    public static func == (left: AccountID, right: AccountID) -> Bool { left.folded == right.folded }
    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension String {
    /// Without white space at its ends. Spreadsheets and editors also leave a byte order mark, U+FEFF, before a text's first
    /// character.
    var trimmingWhiteSpace: String {
        func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace || scalar == "\u{FEFF}" }
        var scalars = unicodeScalars[...]
        while let first = scalars.first, isSpace(first) { scalars.removeFirst() }
        while let last = scalars.last, isSpace(last) { scalars.removeLast() }
        return String(scalars)
    }
}
