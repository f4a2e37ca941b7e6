/// Turns the bytes of a keyboard into keys, however the line has cut them.
///
/// Sequences have the form of ECMA-48 (control sequences, control strings) and of xterm's "XTerm Control Sequences" (SS3, mouse,
/// bracketed paste). One that is not a key, such as an answer of the terminal, is read to its end and means nothing; so does
/// Alt with another key, which sends Esc before it. Text is UTF-8 whatever the locale says.
struct KeyDecoder: Sendable {
    /// Bytes of one paste; what is beyond them is thrown away: no field holds more.
    static let pasteLimit = 16_384
    /// How long the end of a paste may be missing.
    static let pastePatience: Duration = .seconds(3)
    /// How long a sequence may lie still that has come so far that no key begins like it.
    static let sequencePatience: Duration = .seconds(1)

    private enum State: Equatable, Sendable {
        case text
        case escape
        case controlSequence
        case singleShift
        /// As many bytes more: a mouse's place, or the letter of a console's function key.
        case counted(Int)
        /// Up to its end nothing in it matters.
        case string
        /// An Esc in a string: the string's end, if a backslash follows.
        case stringEscape
        /// A form of its own, which only terminfo knows.
        case listed
        case paste
    }

    private let sequences: KeySequences
    /// How long Esc alone may wait for the rest of a sequence.
    private let escapeDelay: Duration
    private var state = State.text
    /// From Esc on, as far as it is needed to know the sequence.
    private var sequence: [UInt8] = []
    /// Esc came before it.
    private var isAlt = false
    private var scalar = PartialScalar()
    private var paste = Paste()
    private var lastByte: Duration = .zero

    init(sequences: KeySequences = KeySequences(), escapeDelay: Duration = .milliseconds(50)) {
        self.sequences = sequences
        self.escapeDelay = escapeDelay
    }

    /// - Returns: the keys that are certain now, in order.
    mutating func take(_ bytes: some Sequence<UInt8>, at now: Duration) -> [Key] {
        lastByte = now
        return bytes.compactMap { take($0) }
    }

    /// When ``silence()`` is to be told, unless more bytes come before; nil when nothing is pending.
    var deadline: Duration? {
        switch state {
        case .text where !isAlt: nil
        case .paste: lastByte + Self.pastePatience
        // Alt with a bracket or a capital letter looks like the beginning of a sequence.
        case _ where sequence.count <= 2: lastByte + escapeDelay
        default: lastByte + max(Self.sequencePatience, escapeDelay)
        }
    }

    /// Nothing has come for so long that what is pending was all of it: Esc was a key, a paste has lost its end.
    mutating func silence() -> Key? {
        defer { reset() }
        switch state {
        case .escape: return .escape
        case .paste: return paste.end()
        default: return nil
        }
    }
}

// MARK: Byte by byte

extension KeyDecoder {
    private static let escape: UInt8 = 0x1B
    /// More of a sequence is not kept; no key is that long.
    private static let sequenceLimit = 32

    private mutating func take(_ byte: UInt8) -> Key? {
        switch state {
        case .text: return takeText(byte)
        case .paste: return paste.take(byte) ? finishPaste() : nil
        case .counted(let count): return takeCounted(byte, of: count)
        case .string, .stringEscape: return takeString(byte)
        case .escape, .listed, .controlSequence, .singleShift: break
        }
        if byte == Self.escape {
            // Alt with a key that is a sequence itself, or the one before was cut off.
            begin(isAlt: sequence == [Self.escape])
            return nil
        }
        if state != .escape, byte < 0x20 || byte >= 0x7F { return breakOff(byte) }
        if sequence.count < Self.sequenceLimit { sequence.append(byte) }
        if let key = sequences.listed(sequence) { return finish(key) }
        switch state {
        case .controlSequence: return takeControlSequence(byte)
        case .singleShift: return (0x30...0x3B).contains(byte) ? nil : finish(sequences.key(sequence))
        case .listed: return sequences.hasLonger(than: sequence) ? nil : finish(nil)
        default: return takeAfterEscape(byte)
        }
    }

    private mutating func takeText(_ byte: UInt8) -> Key? {
        if byte == Self.escape {
            begin(isAlt: false)
            return nil
        }
        guard let scalar = scalar.take(byte) else { return nil }
        defer { isAlt = false }
        return isAlt ? nil : Self.key(of: scalar)
    }

    private mutating func takeAfterEscape(_ byte: UInt8) -> Key? {
        switch byte {
        case UInt8(ascii: "["): state = .controlSequence
        case UInt8(ascii: "O"): state = .singleShift
        // Operating system command, device control string, application program command, privacy message, start of string.
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
            state = .string
        case 0x80...:
            reset()
            isAlt = true
            return takeText(byte)
        case _ where sequences.hasLonger(than: sequence): state = .listed
        default: return finish(nil)
        }
        return nil
    }

    private mutating func takeControlSequence(_ byte: UInt8) -> Key? {
        switch byte {
        case 0x20...0x3F: return nil
        case UInt8(ascii: "[") where sequence.count == 3: state = .counted(1)
        case UInt8(ascii: "M") where sequence.count == 3: state = .counted(3)
        default: return finish(sequences.key(sequence))
        }
        return nil
    }

    private mutating func takeCounted(_ byte: UInt8, of count: Int) -> Key? {
        guard byte >= 0x20 else { return breakOff(byte) }
        sequence.append(byte)
        state = .counted(count - 1)
        return count > 1 ? nil : finish(sequences.key(sequence))
    }

    private mutating func takeString(_ byte: UInt8) -> Key? {
        if case .stringEscape = state {
            if byte == UInt8(ascii: "\\") { return finish(nil) }
            begin(isAlt: false)
            return take(byte)
        }
        switch byte {
        case Self.escape: state = .stringEscape
        case 0x07: return finish(nil)
        // Nothing that a terminal would send in it: rather somebody who wants to leave.
        case 0..<0x20 where !(0x08...0x0D).contains(byte): return breakOff(byte)
        default: if sequence.count < Self.sequenceLimit { sequence.append(byte) }
        }
        return nil
    }

    private mutating func begin(isAlt: Bool) {
        reset()
        state = .escape
        sequence = [Self.escape]
        self.isAlt = isAlt
    }

    /// The byte belongs to no sequence: it stands for itself.
    private mutating func breakOff(_ byte: UInt8) -> Key? {
        reset()
        return take(byte)
    }

    private mutating func finish(_ meaning: KeySequences.Meaning?) -> Key? {
        let wasAlt = isAlt
        reset()
        switch meaning {
        case .key(let key)?: return wasAlt ? nil : key
        case .pasteStart?: state = .paste
        case nil: break
        }
        return nil
    }

    private mutating func finishPaste() -> Key? {
        defer { reset() }
        return paste.end()
    }

    private mutating func reset() {
        state = .text
        sequence = []
        isAlt = false
        scalar = PartialScalar()
    }

    private static func key(of scalar: Unicode.Scalar) -> Key? {
        switch scalar.value {
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x08, 0x7F: .backspace
        case 0x01...0x1A: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
        case 0x00...0x1F, 0x80...0x9F: nil
        default: .character(Character(scalar))
        }
    }
}

// MARK: What is gathered

/// A character of UTF-8 that comes byte by byte.
private struct PartialScalar: Sendable {
    private var bytes: [UInt8] = []

    /// Nil while bytes are missing, and for what is not UTF-8, which is dropped.
    mutating func take(_ byte: UInt8) -> Unicode.Scalar? {
        if byte & 0xC0 != 0x80 { bytes = [] }
        bytes.append(byte)
        let length =
            switch bytes[0] {
            case 0..<0x80: 1
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard bytes.count >= length else { return nil }
        defer { bytes = [] }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return text.unicodeScalars.first
    }
}

/// Pasted text up to its end mark.
private struct Paste: Sendable {
    private static let endMark = Array("\u{1B}[201~".utf8)

    private var bytes: [UInt8] = []
    /// How much of the end mark the last bytes were.
    private var matched = 0

    /// True when this was the last byte of the end mark.
    mutating func take(_ byte: UInt8) -> Bool {
        if byte == Self.endMark[matched] {
            matched += 1
            return matched == Self.endMark.count
        }
        keep(Self.endMark[..<matched])
        // No other byte of the mark is like its first.
        matched = byte == Self.endMark[0] ? 1 : 0
        if matched == 0 { keep([byte]) }
        return false
    }

    private mutating func keep(_ more: some Sequence<UInt8>) {
        bytes += more.prefix(KeyDecoder.pasteLimit - bytes.count)
    }

    mutating func end() -> Key {
        defer { self = Paste() }
        // What is not UTF-8, such as a character that the limit has cut, is left out.
        return .paste(String(decoding: bytes, as: UTF8.self).filter { $0 != "\u{FFFD}" })
    }
}
