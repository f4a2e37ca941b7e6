import Shared

extension Table {
    /// RFC 4180 in UTF-8: a header, then a line each row, ended by CR and LF.
    /// - Parameter hasByteOrderMark: for spreadsheets, which else take it for another encoding.
    func csv(hasByteOrderMark: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []
        append(columns.map { .plain($0.name) }, to: &bytes)
        for row in rows { append(row, to: &bytes) }
        return bytes
    }

    private func append(_ row: [Cell], to bytes: inout [UInt8]) {
        for (index, cell) in row.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            Self.append(cell, to: &bytes)
        }
        bytes += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    private static func append(_ cell: Cell, to bytes: inout [UInt8]) {
        switch cell {
        case .empty: break
        case .text(let text):
            // Spreadsheets take what begins like this for a formula, and carry it out; they take what follows an apostrophe
            // for a text (OWASP, "CSV Injection").
            let isFormula = text.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
            quote(isFormula ? "'" + text : text, to: &bytes)
        case .plain(let text): quote(text, to: &bytes)
        case .number(let number), .seconds(let number), .minutes(let number): bytes += String(number).utf8
        case .flag(let flag): bytes += (flag ? "true" : "false").utf8
        case .time(let time, _): bytes += time.iso8601.utf8
        }
    }

    private static func quote(_ text: String, to bytes: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        guard text.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else {
            bytes += text.utf8
            return
        }
        bytes.append(quote)
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
