/// Which sequences are keys: those that all terminals of today share, and those that one terminal's entry in terminfo has
/// beside them. They begin with Esc.
struct KeySequences: Sendable {
    enum Meaning: Equatable, Sendable {
        case key(Key)
        case pasteStart
    }

    /// Nil: a key that is not used here.
    private var listed: [[UInt8]: Meaning?] = [:]
    /// What those begin with.
    private var beginnings: Set<[UInt8]> = []

    /// - Parameter terminfo: strings of capabilities that are keys, by terminfo's names for them (terminfo(5)).
    init(terminfo: [String: [UInt8]] = [:]) {
        // A mouse report is longer than what terminfo says of it.
        for (name, bytes) in terminfo where bytes.count > 1 && bytes[0] == 0x1B && name != "kmous" {
            listed.updateValue(Self.names[name].map { Meaning.key($0) } ?? key(bytes), forKey: bytes)
            beginnings.formUnion((1..<bytes.count).map { Array(bytes[..<$0]) })
        }
    }

    /// For a whole sequence that terminfo has, and that is not the beginning of another.
    ///
    /// - Returns: nil for any other; its meaning, if it has one here.
    func listed(_ sequence: [UInt8]) -> Meaning?? { hasLonger(than: sequence) ? nil : listed[sequence] }

    /// True when terminfo has one that begins like this.
    func hasLonger(than sequence: [UInt8]) -> Bool { beginnings.contains(sequence) }

    /// For a whole sequence, whatever terminfo has.
    func key(_ sequence: [UInt8]) -> Meaning? { Self.common[Array(sequence.dropFirst())] }

    private static let names: [String: Key] = [
        "kcuu1": .up, "kcud1": .down, "kcub1": .left, "kcuf1": .right, "khome": .home, "kend": .end, "kpp": .pageUp,
        "knp": .pageDown, "kdch1": .delete, "kcbt": .backTab, "kbs": .backspace, "kf1": .help,
    ]

    /// Without Esc. Cursor keys and the keypad come in two forms, by the terminal's mode (VT100 User Guide, chapter 3).
    private static let common: [[UInt8]: Meaning] = {
        var keys: [String: Key] = [
            "[A": .up, "[B": .down, "[C": .right, "[D": .left, "[H": .home, "[F": .end, "[Z": .backTab,
            "OA": .up, "OB": .down, "OC": .right, "OD": .left, "OH": .home, "OF": .end,
            "[1~": .home, "[7~": .home, "[4~": .end, "[8~": .end, "[3~": .delete, "[5~": .pageUp, "[6~": .pageDown,
            "OP": .help, "[11~": .help, "[[A": .help, "OM": .enter, "OI": .tab, "O ": .character(" "),
            "OX": .character("="),
        ]
        for (letter, character) in zip("jklmnopqrstuvwxy", "*+,-./0123456789") {
            keys["O\(letter)"] = .character(character)
        }
        var common = keys.map { (Array($0.key.utf8), Meaning.key($0.value)) }
        common.append((Array("[200~".utf8), .pasteStart))
        return Dictionary(uniqueKeysWithValues: common)
    }()
}
