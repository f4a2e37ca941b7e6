import Shared

/// Numbers of records by the UUID under which they were uploaded. Two employees may have used the same.
struct KeyIndex: Sendable {
    private var first: [UUIDBits: UInt32] = [:]
    private var others: [UUIDBits: [UInt32]] = [:]

    init(capacity: Int = 0) {
        first.reserveCapacity(capacity)
    }

    /// The newest first.
    func numbers(of key: UUIDBits) -> [UInt32] {
        (others[key] ?? []).reversed() + (first[key].map { [$0] } ?? [])
    }

    mutating func add(_ number: UInt32, of key: UUIDBits) {
        if let known = first.updateValue(number, forKey: key) {
            first[key] = known
            others[key, default: []].append(number)
        }
    }

    mutating func remove(_ number: UInt32, of key: UUIDBits) {
        others[key]?.removeAll { $0 == number }
        if others[key]?.isEmpty == true { others[key] = nil }
        guard first[key] == number else { return }
        first[key] = others[key]?.first
        if first[key] != nil { others[key]?.removeFirst() }
        if others[key]?.isEmpty == true { others[key] = nil }
    }
}

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
