import JSON
import Shared

extension JSONReader {
    mutating func timestamp() throws(JSONError) -> Timestamp {
        let start = position()
        guard let timestamp = Timestamp(iso8601: try text(Self.expectedTime)) else {
            throw error(Self.expectedTime, at: start)
        }
        return timestamp
    }

    private static var expectedTime: String { "an ISO 8601 time" }

    /// A time as others write it too: as milliseconds since 1970, as JavaScript has them.
    /// - Returns: nil for `null` and for an empty text.
    mutating func time(_ quirks: inout Set<Quirk>) throws(JSONError) -> Timestamp? {
        if null() { return nil }
        let start = position()
        guard isAtText else {
            // From the year 1973 on: what is less are seconds, or no time.
            let range = 100_000_000_000...Double(Timestamp.latest.milliseconds)
            let number = try number(Self.expectedTime).double
            guard range.contains(number) else { throw error(Self.expectedTime, at: start) }
            quirks.insert(.timeAsNumber)
            return Timestamp(milliseconds: Int64(number))
        }
        let text = try text()
        if text.isEmpty { return nil }
        guard let time = Timestamp(iso8601: text) else { throw error(Self.expectedTime, at: start) }
        return time
    }

    /// A number as others write it too: as a text.
    /// - Returns: nil for `null` and for an empty text.
    mutating func number(_ expected: String = "a number", quirks: inout Set<Quirk>) throws(JSONError) -> Double? {
        if null() { return nil }
        let start = position()
        guard isAtText else { return try number(expected).double }
        let text = try text(expected)
        if text.isEmpty { return nil }
        guard let number = Double(text), number.isFinite else { throw error(expected, at: start) }
        quirks.insert(.numberAsText)
        return number
    }

    /// - Returns: nil for `null`.
    mutating func optionalText() throws(JSONError) -> String? {
        null() ? nil : try text()
    }
}
