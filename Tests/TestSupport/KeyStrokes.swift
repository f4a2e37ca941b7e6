/// What keyboards, mice and terminals send, drawn at random, in the codes of several terminals.
public enum KeyStrokes {
    public enum Terminal: String, CaseIterable, Sendable {
        case xterm, tmux, screen, rxvt, linux
    }

    public enum Meaning: Hashable, Sendable {
        case nothing
        case text(Character)
        /// By the name of the client's own type.
        case key(String)
        case paste(String)
    }

    public struct Stroke: Hashable, Sendable {
        public let bytes: [UInt8]
        public let meaning: Meaning

        init(_ text: String, _ meaning: Meaning = .nothing) {
            bytes = Array(text.utf8)
            self.meaning = meaning
        }

        init(bytes: [UInt8]) {
            self.bytes = bytes
            meaning = .nothing
        }
    }

    /// Esc alone is none of them: only time tells it from the beginning of another.
    public static let escape = Stroke("\u{1B}", .key("escape"))

    /// - Parameter characters: what a key of a letter may give.
    public static func random(
        _ terminal: Terminal, characters: [Character], using random: inout some RandomNumberGenerator
    ) -> Stroke {
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
            let character = pick(characters, &random)
            return Stroke(String(character), .text(character))
        case 1: return pick(keys(terminal), &random)
        case 2: return keypad(terminal, &random)
        case 3: return alt(&random)
        case 4: return modified(terminal, &random)
        case 5: return mouse(&random)
        case 6: return paste(&random)
        case 7...8: return otherProtocols(&random)
        default: return answer(&random)
        }
    }

    private static func pick<Element>(_ elements: [Element], _ random: inout some RandomNumberGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private static func number(_ range: ClosedRange<Int>, _ random: inout some RandomNumberGenerator) -> Int {
        Int.random(in: range, using: &random)
    }

    // MARK: Keys

    private static func keys(_ terminal: Terminal) -> [Stroke] {
        let ends: (String, String) =
            switch terminal {
            case .xterm: ("\u{1B}OH", "\u{1B}[F")
            case .tmux, .screen, .linux: ("\u{1B}[1~", "\u{1B}[4~")
            case .rxvt: ("\u{1B}[7~", "\u{1B}[8~")
            }
        let arrows = zip("ABCD", ["up", "down", "right", "left"]).flatMap { letter, name in
            (terminal == .rxvt || terminal == .linux ? ["["] : ["[", "O"]).map {
                Stroke("\u{1B}\($0)\(letter)", .key(name))
            }
        }
        return arrows + [
            Stroke(ends.0, .key("home")), Stroke(ends.1, .key("end")), Stroke("\u{1B}[3~", .key("delete")),
            Stroke("\u{1B}[5~", .key("pageUp")), Stroke("\u{1B}[6~", .key("pageDown")), Stroke("\u{1B}[2~"),
            Stroke("\u{1B}[Z", .key("backTab")), Stroke("\t", .key("tab")), Stroke("\u{7F}", .key("backspace")),
            Stroke("\u{1B}[17~"), Stroke("\u{1B}[24~"),
        ]
    }

    private static func keypad(_ terminal: Terminal, _ random: inout some RandomNumberGenerator) -> Stroke {
        let index = number(0...15, &random)
        let digit = Array("*+,-./0123456789")[index]
        let code = terminal == .linux ? String(digit) : "\u{1B}O\(Array("jklmnopqrstuvwxy")[index])"
        return Stroke(code, .text(digit))
    }

    private static func alt(_ random: inout some RandomNumberGenerator) -> Stroke {
        // Not those that a terminal's own sequences begin with.
        Stroke("\u{1B}" + pick(Array("qxlsvpabcdefghyzQLSVAZ0189?.é日").map { String($0) }, &random))
    }

    private static func modified(_ terminal: Terminal, _ random: inout some RandomNumberGenerator) -> Stroke {
        if terminal == .rxvt {
            return Stroke(
                "\u{1B}"
                    + pick(
                        ["[a", "[b", "[3$", "[7$", "[8$", "[5^", "[6@", "Oa", "Od", "\u{1B}[A", "\u{1B}[7~"], &random))
        }
        let modifier = number(2...8, &random)
        return Stroke(
            "\u{1B}["
                + pick(
                    [
                        "1;\(modifier)\(pick(Array("ABCDFHPQRS"), &random))",
                        "\(pick([2, 3, 5, 6, 15, 24], &random));\(modifier)~",
                    ],
                    &random))
    }

    // MARK: What is not keys

    private static func mouse(_ random: inout some RandomNumberGenerator) -> Stroke {
        let (button, x, y) = (number(0...67, &random), number(1...200, &random), number(1...60, &random))
        return switch number(0...2, &random) {
        case 0: Stroke("\u{1B}[<\(button);\(x);\(y)\(pick(["M", "m"], &random))")
        case 1: Stroke("\u{1B}[\(button + 32);\(x);\(y)M")
        default: Stroke(bytes: Array("\u{1B}[M".utf8) + [button, x, y].map { UInt8($0 + 32) })
        }
    }

    private static func paste(_ random: inout some RandomNumberGenerator) -> Stroke {
        let letters = Array("qxlyn sé日\n\u{3}\u{1B}[~0").map { String($0) }
        let text = (0..<number(0...40, &random)).map { _ in pick(letters, &random) }.joined()
        return Stroke("\u{1B}[200~\(text)\u{1B}[201~", .paste(text))
    }

    /// modifyOtherKeys of xterm, and kitty's keyboard protocol.
    private static func otherProtocols(_ random: inout some RandomNumberGenerator) -> Stroke {
        let (key, modifier) = (number(27...127, &random), number(1...16, &random))
        return Stroke(
            pick(
                [
                    "\u{1B}[27;\(modifier);\(key)~", "\u{1B}[\(key);\(modifier)u", "\u{1B}[\(key)u",
                    "\u{1B}[\(key):\(key);\(modifier):3;\(key)u", "\u{1B}[57\(number(344...454, &random))u",
                ], &random))
    }

    private static func answer(_ random: inout some RandomNumberGenerator) -> Stroke {
        let end = pick(["\u{7}", "\u{1B}\\"], &random)
        return Stroke(
            pick(
                [
                    "\u{1B}[?62;1;6;22c", "\u{1B}[>41;379;0c",
                    "\u{1B}[\(number(1...60, &random));\(number(1...200, &random))R",
                    "\u{1B}[0n", "\u{1B}[I", "\u{1B}[O", "\u{1B}[?2004;1$y", "\u{1B}[8;24;80t", "\u{1B}[?1u",
                    "\u{1B}]11;rgb:ffff/ffff/dddd\(end)", "\u{1B}]52;c;cXF4\(end)", "\u{1B}]l quit\(end)",
                    "\u{1B}P1$r0;1m\u{1B}\\", "\u{1B}P>|XTerm(379)\u{1B}\\", "\u{1B}P1+r436f=323536\u{1B}\\",
                    "\u{1B}_Gi=31;OK\u{1B}\\", "\u{1B}^quit\u{1B}\\",
                ], &random))
    }
}
