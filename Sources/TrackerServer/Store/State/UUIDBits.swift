import Shared

/// A UUID's 128 bits.
struct UUIDBits: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Nil when the text is not in the canonical form.
    init?(_ text: String) {
        var text = text
        guard let bits = text.withUTF8({ UUIDBits($0[...]) }) else { return nil }
        self = bits
    }

    /// The idempotency key in the name of a file, see ``UploadName``.
    init?(keyOf file: String) {
        var file = file
        let bits: UUIDBits? = file.withUTF8 { bytes in
            let start = UploadRecord.folder.utf8.count + UploadName.timeLength
            guard bytes.count > start + 36, bytes[start + 36] == UInt8(ascii: ".") else { return nil }
            return UUIDBits(bytes[start..<(start + 36)])
        }
        guard let bits else { return nil }
        self = bits
    }

    /// The value of each byte as a hexadecimal digit; 16 for one that is none.
    private static let digits: [UInt8] = (0...255).map { byte in
        Character(Unicode.Scalar(UInt8(byte))).hexDigitValue.map { UInt8($0) } ?? 16
    }

    private init?(_ text: Slice<UnsafeBufferPointer<UInt8>>) {
        guard text.count == 36 else { return nil }
        var bits: (UInt64, UInt64) = (0, 0)
        for index in text.indices {
            let byte = text[index]
            switch index - text.startIndex {
            case 8, 13, 18, 23:
                guard byte == UInt8(ascii: "-") else { return nil }
            default:
                let digit = Self.digits[Int(byte)]
                guard digit < 16 else { return nil }
                bits = (bits.0 << 4 | bits.1 >> 60, bits.1 << 4 | UInt64(digit))
            }
        }
        (high, low) = bits
    }
}
