/// Turns what ncurses reads (characters, and numbers for other keys) into keys, and gathers pasted text.
struct KeyDecoder: Sendable {
    /// One answer of `get_wch`.
    enum Input: Equatable, Sendable {
        case scalar(UInt32)
        case function(FunctionKey)
    }

    /// The keys that terminals send as sequences of their own.
    enum FunctionKey: Equatable, Sendable {
        case key(Key)
        case pasteStart, pasteEnd
        case resize
        case unknown
    }

    /// More than this of one paste is thrown away: no field holds more.
    static let pasteLimit = 4096

    private var pasted: String.UnicodeScalarView?

    var isPasting: Bool { pasted != nil }

    /// Nil when the input is not a key, or not yet one.
    mutating func decode(_ input: Input) -> Key? {
        switch input {
        case .function(.pasteStart):
            pasted = pasted ?? .init()
            return nil
        case .function(.pasteEnd):
            return endPaste()
        case .function(.key(let key)):
            return isPasting ? nil : key
        case .function(.resize), .function(.unknown):
            return nil
        case .scalar(let value):
            guard let scalar = Unicode.Scalar(value) else { return nil }
            if let count = pasted?.count {
                if count < Self.pasteLimit { pasted?.append(scalar) }
                return nil
            }
            return Self.key(of: scalar)
        }
    }

    /// Gives out what was pasted so far: the end mark, or silence where it should have come.
    mutating func endPaste() -> Key? {
        guard let text = pasted else { return nil }
        pasted = nil
        return .paste(String(text))
    }

    private static func key(of scalar: Unicode.Scalar) -> Key? {
        switch scalar.value {
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x1B: .escape
        case 0x08, 0x7F: .backspace
        case 0x01...0x1A: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
        case 0x00...0x1F, 0x80...0x9F: nil
        default: .character(Character(scalar))
        }
    }
}
