/// Lines out of what is written to standard error, few enough for a log: the same one once an hour, and only so many others.
struct ErrorLines: Sendable {
    static let lineLimit = 500
    static let linesAnHour = 50
    private static let hour: Duration = .seconds(3600)

    /// Of the line that has not ended yet, at most ``lineLimit`` bytes.
    private var beginning: [UInt8] = []
    private var seen: Set<String> = []
    private var leftOut = 0
    private var since: Duration?

    /// - Returns: what shall be written.
    mutating func take(_ bytes: some Sequence<UInt8>, at now: Duration) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") {
                if beginning.count < Self.lineLimit { beginning.append(byte) }
                continue
            }
            if now - (since ?? now) >= Self.hour { lines += startHour() }
            since = since ?? now
            lines += endLine()
        }
        return lines
    }

    /// Nothing more comes.
    mutating func end() -> [String] { endLine() + startHour() }

    private mutating func endLine() -> [String] {
        let line = String(decoding: beginning, as: UTF8.self).onOneLine
        beginning = []
        guard !line.isEmpty else { return [] }
        guard seen.count < Self.linesAnHour, seen.insert(line).inserted else {
            leftOut += 1
            return []
        }
        return [line]
    }

    private mutating func startHour() -> [String] {
        defer { (seen, leftOut, since) = ([], 0, nil) }
        return leftOut > 0 ? ["\(leftOut) more lines, the same ones or too many."] : []
    }
}
