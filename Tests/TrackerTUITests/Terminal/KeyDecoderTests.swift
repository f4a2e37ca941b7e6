import TestSupport
import Testing

@testable import TrackerTUI

struct KeyDecoderTests {
    private let esc = "\u{1B}"

    /// What comes of bytes that come at once, and of silence after them.
    private func keys(_ text: String, _ sequences: KeySequences = KeySequences()) -> [Key] {
        var decoder = KeyDecoder(sequences: sequences)
        var keys = decoder.take(Array(text.utf8), at: .zero)
        if decoder.deadline != nil, let last = decoder.silence() { keys.append(last) }
        return keys
    }

    @Test func charactersAreThemselves() {
        #expect(keys("aé日?🙂") == ["a", "é", "日", "?", "🙂"].map { .character($0) })
    }

    @Test func controlCharactersAreKeys() {
        #expect(
            keys("\t\r\n\u{7F}\u{8}\u{3}\u{1A}")
                == [.tab, .enter, .enter, .backspace, .backspace, .control("c"), .control("z")])
    }

    @Test func whatIsNotUTF8IsNothing() {
        for bytes: [UInt8] in [
            [0x80], [0xC3], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0], [0x1F],
        ] {
            var decoder = KeyDecoder()
            #expect(decoder.take(bytes + Array("e".utf8), at: .zero) == [.character("e")])
        }
        #expect(keys("\u{85}\u{9B}") == [])
    }

    @Test func theKeypadGivesDigitsInApplicationModeToo() {
        #expect(keys("\(esc)Ox\(esc)Oq\(esc)Op\(esc)Oy") == ["8", "1", "0", "9"].map { .character($0) })
        #expect(
            keys("\(esc)Oj\(esc)Ok\(esc)Om\(esc)On\(esc)Oo\(esc)OM") == ["*", "+", "-", ".", "/"].map { .character($0) }
                + [.enter])
    }

    @Test(arguments: [
        ("[A", Key.up), ("OB", .down), ("[C", .right), ("OD", .left), ("[1~", .home), ("[7~", .home), ("OF", .end),
        ("[8~", .end), ("[3~", .delete), ("[5~", .pageUp), ("[6~", .pageDown), ("[Z", .backTab), ("OP", .help),
        ("[[A", .help), ("[11~", .help),
    ])
    func keysHaveTheSequencesOfTheirTerminals(sequence: String, key: Key) {
        #expect(keys(esc + sequence) == [key])
        #expect(keys(esc + esc + sequence) == [], "Alt was held")
    }

    @Test(arguments: [
        "q", "x", "é", "\u{3}", "\t", "\u{7F}", "[", "O", "P", "]", "_", "[1;5A", "[3;2~", "[15~", "[[B", "[I", "[O",
        "[?1;2c",
        "[>0;276;0c", "[24;80R", "[0n", "[?2004;1$y", "[27;5;113~", "[113;5u", "[<0;10;10M", "[<0;10;10m", "[32;10;10M",
        "[M q!", "[Mqxl", "]11;rgb:0/0/0\u{7}", "]11;rgb:0/0/0\u{1B}\\", "P1$r0q\u{1B}\\", "_Gquit\u{1B}\\",
        "^q\u{1B}\\",
        "Xq\u{1B}\\", "O5A", "OS", "\u{1B}q", "[200",
    ])
    func othersDoNothing(sequence: String) {
        #expect(keys(esc + sequence) == [])
        var decoder = KeyDecoder()
        let bytes = Array((esc + sequence).utf8)
        for byte in bytes { #expect(decoder.take([byte], at: .zero) == []) }
        _ = decoder.silence()
        #expect(decoder.take(Array("q".utf8), at: .zero) == [.character("q")])
    }

    @Test func escAloneIsAKeyAfterFiftyMilliseconds() {
        var decoder = KeyDecoder()
        #expect(decoder.take([0x1B], at: .seconds(7)) == [])
        #expect(decoder.deadline == .seconds(7) + .milliseconds(50))
        #expect(decoder.silence() == .escape)
        #expect(decoder.deadline == nil)
        #expect(decoder.take(Array("[A".utf8), at: .seconds(8)) == [.character("["), .character("A")])
    }

    @Test func aSequenceThatHasBegunMayTakeLonger() {
        var decoder = KeyDecoder(escapeDelay: .milliseconds(20))
        _ = decoder.take(Array("\(esc)[".utf8), at: .zero)
        #expect(decoder.deadline == .milliseconds(20), "Alt with a bracket")
        _ = decoder.take(Array("1".utf8), at: .milliseconds(10))
        #expect(decoder.deadline == .milliseconds(10) + KeyDecoder.sequencePatience)
        #expect(decoder.take(Array(";5~".utf8), at: .milliseconds(900)) == [])
        #expect(decoder.deadline == nil)
    }

    @Test func aControlCharacterWithinASequenceStandsForItself() {
        for beginning in ["[1;", "O", "]11;", "P1", "[M!", "[["] {
            #expect(keys("\(esc)\(beginning)\u{3}") == [.control("c")], "\(beginning)")
        }
        #expect(keys("\(esc)[1\(esc)[A") == [.up])
        #expect(keys("\(esc)]0;x\(esc)[A") == [.up])
    }

    @Test func whatIsOnlyOneTerminalsIsInItsEntry() {
        let rxvt = KeySequences(terminfo: [
            "kDC": Array("\(esc)[3$".utf8), "khome": Array("\(esc)[7~".utf8), "kmous": Array("\(esc)[M".utf8),
        ])
        #expect(keys("\(esc)[3$q", rxvt) == [.character("q")])
        #expect(keys("\(esc)[7~\(esc)[M q!", rxvt) == [.home])
        let console = KeySequences(terminfo: ["kcbt": Array("\(esc)\t".utf8), "kb2": Array("\(esc)[G".utf8)])
        #expect(keys("\(esc)\t\(esc)[G", console) == [.backTab])
        // Its keypad's digits have the names of function keys.
        let vt100 = KeySequences(terminfo: ["kf5": Array("\(esc)Ot".utf8), "kcuu1": Array("\(esc)OA".utf8)])
        #expect(keys("\(esc)Ot\(esc)OA\(esc)[A", vt100) == [.character("4"), .up, .up])
        let vt52 = KeySequences(terminfo: ["kcuu1": Array("\(esc)A".utf8), "ka1": Array("\(esc)?q".utf8)])
        #expect(keys("\(esc)A\(esc)?q\(esc)?x", vt52) == [.up])
    }

    @Test func pastedTextIsOneKeyWhateverIsInIt() {
        let text = "a\t\r\u{3}\(esc)[201b\(esc)[Aé"
        #expect(keys("\(esc)[200~\(text)\(esc)[201~c") == [.paste(text), .character("c")])
        #expect(keys("\(esc)[200~\(esc)[201~") == [.paste("")])
    }

    @Test func aPasteWithoutAnEndIsGivenOutAfterSomeSilence() {
        var decoder = KeyDecoder()
        #expect(decoder.take(Array("\(esc)[200~ab".utf8), at: .zero) == [])
        #expect(decoder.deadline == KeyDecoder.pastePatience)
        #expect(decoder.silence() == .paste("ab"))
        #expect(decoder.silence() == nil)
    }

    @Test func anEndlessPasteIsCut() {
        let text = String(repeating: "x", count: KeyDecoder.pasteLimit + 10)
        #expect(
            keys("\(esc)[200~\(text)\(esc)[201~q") == [
                .paste(String(text.prefix(KeyDecoder.pasteLimit))), .character("q"),
            ])
    }

    /// Lines cut anywhere, and Esc comes in time before its rest.
    @Test(arguments: KeyStrokes.Terminal.allCases)
    func randomStrokesMeanWhatTheyShould(terminal: KeyStrokes.Terminal) {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        let entry = ["kDC": "[3$", "kHOM": "[7$", "kEND": "[8$"].mapValues { Array((esc + $0).utf8) }
        var decoder = KeyDecoder(sequences: KeySequences(terminfo: terminal == .rxvt ? entry : [:]))
        var now = Duration.zero
        for _ in 0..<20_000 {
            let isEscape = Int.random(in: 0..<20, using: &random) == 0
            let stroke =
                isEscape
                ? KeyStrokes.escape : KeyStrokes.random(terminal, characters: Array("aqxlé日?5 "), using: &random)
            var keys: [Key] = []
            for byte in stroke.bytes {
                now += .milliseconds(Int.random(in: 0..<50, using: &random))
                keys += decoder.take([byte], at: now)
            }
            if isEscape {
                now += .milliseconds(50)
                if let deadline = decoder.deadline, now >= deadline, let key = decoder.silence() { keys.append(key) }
            }
            let expected = stroke.meaning == .nothing ? [] : [stroke.meaning]
            guard keys.map(KeyStrokes.Meaning.init) == expected, decoder.deadline == nil else {
                Issue.record("seed \(seed): \(stroke) became \(keys)")
                return
            }
        }
    }
}

extension KeyStrokes.Meaning {
    fileprivate init(_ key: Key) {
        self =
            switch key {
            case .character(let character): .text(character)
            case .paste(let text): .paste(text)
            default: .key("\(key)")
            }
    }
}
