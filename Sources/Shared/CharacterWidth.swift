/// How many columns of a terminal a character takes.
///
/// The ranges are the wide and full-width blocks of Unicode's EastAsianWidth.txt, cut to whole blocks, and the pictures
/// that terminals show in two columns. The C library's `wcwidth` depends on the process's locale; this does not.
public enum CharacterWidth {
    /// 0 for what must not reach a terminal: control characters, and marks without a base.
    public static func columns(of character: Character) -> Int {
        guard let base = character.unicodeScalars.first, !isControl(character) else { return 0 }
        switch base.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .unassigned, .surrogate, .privateUse,
            .lineSeparator, .paragraphSeparator:
            return 0
        default:
            break
        }
        let asksForPicture = character.unicodeScalars.contains { $0.value == 0xFE0F }
        return asksForPicture || wide.contains { $0.contains(base.value) } ? 2 : 1
    }

    public static func columns(of text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + columns(of: $1) }
    }

    /// Control characters of ASCII and Latin 1, anywhere in the cluster: `\r\n` is one character.
    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615,
        0x2648...0x2653, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x2705...0x2705, 0x274C...0x274C, 0x2753...0x2755,
        0x2795...0x2797, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
        0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x1_F004...0x1_F004, 0x1_F0CF...0x1_F0CF, 0x1_F18E...0x1_F19A,
        0x1_F1E6...0x1_F320, 0x1_F32D...0x1_F64F, 0x1_F680...0x1_F6FF, 0x1_F7E0...0x1_F7EB, 0x1_F900...0x1_FAFF,
        0x2_0000...0x3_FFFD,
    ]
}
