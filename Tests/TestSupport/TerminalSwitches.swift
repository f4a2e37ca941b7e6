/// What a program has switched on in a terminal and not off again: what whoever works on in it would notice.
///
/// Modes of ECMA-48 and DEC (SM, RM, DECSET, DECRST), the keypad's (DECKPAM, DECKPNM), attributes (SGR), character sets and
/// xterm's stack of titles, as in "XTerm Control Sequences".
public enum TerminalSwitches {
    /// Modes that a terminal begins with switched on: automatic wrap, a cursor that is seen.
    private static let onAtFirst: Set<String> = ["?7", "?25"]
    /// How the cursor blinks and a console's cursor of normal size are not the program's to know: terminfo's "normal" sets them.
    private static let normal: Set<String> = ["?12", "34"]

    /// - Returns: such as `?1049` for the alternate screen, `-?25` for a hidden cursor.
    public static func left(on output: [UInt8]) -> Set<String> {
        var on: Set<String> = []
        var rest = output[...]
        while let escape = rest.firstIndex(of: 0x1B) {
            // Shift in and out, between sequences.
            for byte in rest[..<escape] where byte == 0x0E || byte == 0x0F { set("shift", byte == 0x0E, &on) }
            rest = rest[(escape + 1)...]
            guard let first = rest.popFirst() else { break }
            switch first {
            case UInt8(ascii: "="), UInt8(ascii: ">"): set("keypad", first == UInt8(ascii: "="), &on)
            case UInt8(ascii: "("): set("character set", rest.popFirst() != UInt8(ascii: "B"), &on)
            case UInt8(ascii: "["):
                guard let end = rest.firstIndex(where: { (0x40...0x7E).contains($0) }) else { return on }
                take(String(decoding: rest[..<end], as: UTF8.self), rest[end], &on)
                rest = rest[(end + 1)...]
            default: break
            }
        }
        return on
    }

    private static func take(_ parameters: String, _ final: UInt8, _ on: inout Set<String>) {
        let numbers = parameters.drop { $0 == "?" }.split(separator: ";")
        switch final {
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            for number in numbers {
                let mode = (parameters.hasPrefix("?") ? "?" : "") + number
                guard !normal.contains(mode) else { continue }
                let isOn = final == UInt8(ascii: "h")
                if onAtFirst.contains(mode) { set("-\(mode)", !isOn, &on) } else { set(mode, isOn, &on) }
            }
        case UInt8(ascii: "m"): set("attributes", !numbers.allSatisfy { ["0", "10", "39", "49"].contains($0) }, &on)
        case UInt8(ascii: "t") where ["22", "23"].contains(numbers.first): set("title", numbers.first == "22", &on)
        default: break
        }
    }

    private static func set(_ name: String, _ isOn: Bool, _ on: inout Set<String>) {
        if isOn { on.insert(name) } else { on.remove(name) }
    }
}
