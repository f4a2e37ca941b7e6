// A path of Linux is bytes without zero, in no encoding, and a String cannot hold them all. Here every byte that is no part of
// UTF-8 stands in a String as one scalar of the last private ones, U+10FF80 to U+10FFFF, as Python does with surrogates
// (PEP 383), which a String has not. Those scalars themselves, in UTF-8, stand for their four bytes in the same way, so that
// no two paths are one String's bytes, and each comes out as it went in.

extension String {
    private static let byteScalars: UInt32 = 0x10FF00
    /// The first byte of these scalars in UTF-8, and of few others.
    private static let mark: UInt8 = 0xF4

    /// A path, an argument or a variable as the system gives it.
    public init(systemBytes start: UnsafePointer<CChar>) {
        if let text = String(validatingCString: start), !text.utf8.contains(Self.mark) {
            self = text
        } else {
            var end = start
            while end.pointee != 0 { end += 1 }
            self.init(systemBytes: UnsafeRawBufferPointer(start: start, count: end - start))
        }
    }

    /// As ``init(systemBytes:)``, of bytes whose end is known.
    public init(systemBytes bytes: UnsafeRawBufferPointer) {
        self = ""
        var rest = bytes[...]
        while let byte = rest.first {
            let scalar = (1...4).lazy.compactMap { String(validating: rest.prefix($0), as: UTF8.self) }.first
            if let scalar, scalar.unicodeScalars.allSatisfy({ $0.systemByte == nil }) {
                append(scalar)
                rest = rest.dropFirst(scalar.utf8.count)
            } else {
                unicodeScalars.append(Unicode.Scalar(Self.byteScalars | UInt32(byte)) ?? "\u{FFFD}")
                rest = rest.dropFirst()
            }
        }
    }

    /// For the system's calls: what stands for bytes becomes them again.
    func withSystemBytes<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        guard utf8.contains(Self.mark) else { return withCString(body) }
        var bytes: [UInt8] = []
        for scalar in unicodeScalars {
            if let byte = scalar.systemByte { bytes.append(byte) } else { bytes += String(scalar).utf8 }
        }
        bytes.append(0)
        return bytes.withUnsafeBytes { buffer in
            // It has the zero at least.
            guard let start = buffer.bindMemory(to: CChar.self).baseAddress else { return "".withCString(body) }
            return body(start)
        }
    }

    /// For people, on one line: bytes that are no text, control characters and what turns the direction of writing as `\xe4`.
    public var printable: String {
        func isShown(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: scalar.systemByte == nil
            }
        }
        if unicodeScalars.allSatisfy(isShown) { return self }
        return unicodeScalars.reduce(into: "") { text, scalar in
            guard !isShown(scalar) else { return text.unicodeScalars.append(scalar) }
            for byte in scalar.systemByte.map({ [$0] }) ?? Array(String(scalar).utf8) {
                text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
            }
        }
    }
}

extension Unicode.Scalar {
    /// The byte that it stands for.
    fileprivate var systemByte: UInt8? { value >= 0x10FF80 ? UInt8(truncatingIfNeeded: value) : nil }
}
