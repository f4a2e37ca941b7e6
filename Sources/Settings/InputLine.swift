import Glibc

/// A line of standard input.
public enum InputLine {
    /// More than any password may have.
    static let limit = 4096

    /// The first line without its line break, for passwords; nil when there is nothing. A longer one than 4,096 bytes is cut
    /// there: it is refused, and must not be read without end.
    ///
    /// It blocks until the line is there.
    public static func first() -> String? {
        first { byte in
            let next = getchar()
            byte = UInt8(truncatingIfNeeded: next)
            return next != EOF
        }
    }

    /// - Parameter read: gets the next byte; false at the end.
    static func first(_ read: (inout UInt8) -> Bool) -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        var isEmpty = true
        while bytes.count < limit, read(&byte) {
            isEmpty = false
            if byte == UInt8(ascii: "\n") {
                if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
                break
            }
            bytes.append(byte)
        }
        return isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
