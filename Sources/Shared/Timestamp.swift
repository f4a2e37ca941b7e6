/// An instant as whole milliseconds since 1970-01-01T00:00:00Z: the resolution of every file and message.
///
/// The calendar arithmetic is the proleptic Gregorian "days from civil" algorithm (Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms"), exact for the years 0 to 9999.
public struct Timestamp: Sendable, Hashable, Comparable {
    public var milliseconds: Int64

    /// 9999-12-31T23:59:59.999Z, the last instant that `iso8601` can show.
    public static let latest = Timestamp(milliseconds: 253_402_300_799_999)
    /// 0000-01-01T00:00:00.000Z, the first instant that `iso8601` can show.
    public static let earliest = Timestamp(milliseconds: -62_167_219_200_000)

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The time between two instants, in milliseconds; negative when `right` is later.
    public static func - (left: Timestamp, right: Timestamp) -> Int64 {
        left.milliseconds - right.milliseconds
    }

    public func adding(milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: self.milliseconds + milliseconds)
    }

    public func adding(seconds: Int) -> Timestamp {
        adding(milliseconds: Int64(seconds) * 1000)
    }
}

extension Timestamp {
    /// UTC with three fraction digits and `Z`, for example `2026-03-02T08:05:00.512Z`.
    public var iso8601: String {
        var text = [UInt8]()
        text.reserveCapacity(24)
        text.append(self)
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads an ISO 8601 date and time with an offset: `YYYY-MM-DDThh[:mm[:ss[.fraction]]]` and `Z` or `±hh[[:]mm]`, hyphens
    /// and colons left out or not.
    ///
    /// A fraction of any length is accepted and cut to milliseconds; a leap second (`:60`) is not. Nil when the
    /// text is anything else, or lies outside the years 0000 to 9999.
    public init?(iso8601 text: some StringProtocol) {
        var scanner = DigitScanner(text.utf8)
        guard let date = scanner.date(), scanner.skip("T") || scanner.skip("t") || scanner.skip(" "),
            let hour = scanner.digits(2), hour < 24
        else { return nil }
        var (minute, second, fraction) = (0, 0, 0)
        if scanner.hasMoreDigits() {
            guard let value = scanner.digits(2), value < 60 else { return nil }
            minute = value
            if scanner.hasMoreDigits() {
                guard let value = scanner.digits(2), value < 60 else { return nil }
                second = value
                if scanner.skip(".") || scanner.skip(",") {
                    guard let value = scanner.milliseconds() else { return nil }
                    fraction = value
                }
            }
        }
        guard let offset = scanner.offsetMinutes(), scanner.isAtEnd else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3600 + (minute - offset) * 60 + second)
        self.init(milliseconds: seconds * 1000 + Int64(fraction))
        guard self >= .earliest, self <= .latest else { return nil }
    }

    /// Reads ``init(iso8601:)`` as it arrives in forms and queries: white space around it is taken off, a blank may have become
    /// a plus sign, and a plus sign that was not escaped a blank.
    public init?(submitted text: String) {
        let (plus, blank) = (UInt8(ascii: "+"), UInt8(ascii: " "))
        var bytes = Array(text.utf8.drop { $0 == blank })
        while bytes.last == blank { bytes.removeLast() }
        let separators: Set = [plus, blank, UInt8(ascii: "T"), UInt8(ascii: "t")]
        let separator = bytes.firstIndex(where: separators.contains)
        for index in bytes.indices where bytes[index] == plus || bytes[index] == blank {
            bytes[index] = index == separator ? blank : plus
        }
        self.init(iso8601: String(decoding: bytes, as: UTF8.self))
    }
}

/// A day of the Gregorian calendar without a zone; its text is `2026-03-02`.
public struct CivilDate: Sendable, Hashable, Comparable {
    /// Days since 1970-01-01; negative before.
    public var daysSince1970: Int64

    public static let rule = "a day of the calendar such as 2026-03-02"

    public init(daysSince1970: Int64) {
        self.daysSince1970 = daysSince1970
    }

    /// Nil when there is no such day, for example 2026-02-29.
    public init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSince1970: Int64(era * 146_097 + dayOfEra - 719_468))
    }

    /// Reads `YYYY-MM-DD`, nothing else.
    public init?(iso8601 text: some StringProtocol) {
        var scanner = DigitScanner(text.utf8)
        guard let year = scanner.digits(4), scanner.skip("-"), let month = scanner.digits(2), scanner.skip("-"),
            let day = scanner.digits(2), scanner.isAtEnd
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public var iso8601: String {
        var text = [UInt8]()
        text.append(self)
        return String(decoding: text, as: UTF8.self)
    }

    /// Month and day count from 1; the year 0 is 1 BC, see ISO 8601.
    public var parts: (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSince1970 + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }

    public func adding(days: Int) -> CivilDate {
        CivilDate(daysSince1970: daysSince1970 + Int64(days))
    }
}

extension Int64 {
    /// Division that rounds towards negative infinity; `divisor` is positive.
    public func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension [UInt8] {
    /// Appends what ``Timestamp/iso8601`` says.
    mutating func append(_ time: Timestamp) {
        let milliseconds = Swift.min(Swift.max(time, .earliest), .latest).milliseconds
        let dayMilliseconds: Int64 = 86_400_000
        let days = milliseconds.flooredQuotient(by: dayMilliseconds)
        let rest = milliseconds - days * dayMilliseconds
        append(CivilDate(daysSince1970: days))
        append(UInt8(ascii: "T"))
        appendTwoDigits(rest / 3_600_000)
        append(UInt8(ascii: ":"))
        appendTwoDigits(rest / 60_000 % 60)
        append(UInt8(ascii: ":"))
        appendTwoDigits(rest / 1000 % 60)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 1000 / 100))
        appendTwoDigits(rest % 100)
        append(UInt8(ascii: "Z"))
    }

    fileprivate mutating func append(_ date: CivilDate) {
        let (year, month, day) = date.parts
        appendTwoDigits(year / 100 % 100)
        appendTwoDigits(year % 100)
        append(UInt8(ascii: "-"))
        appendTwoDigits(month)
        append(UInt8(ascii: "-"))
        appendTwoDigits(day)
    }

    /// - Parameter number: from 0 to 99.
    private mutating func appendTwoDigits(_ number: Int64) {
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10))
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}

/// Reads fixed-width decimal fields off the front of a text.
private struct DigitScanner {
    private var rest: [UInt8].SubSequence

    init(_ text: some Sequence<UInt8>) {
        rest = Array(text)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        let bytes = UTF8.encode(character) ?? UTF8.encodedReplacementCharacter
        guard rest.starts(with: bytes) else { return false }
        rest.removeFirst(bytes.count)
        return true
    }

    /// True when another field follows; a colon before it is skipped.
    mutating func hasMoreDigits() -> Bool {
        skip(":") || rest.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    /// `YYYY-MM-DD` or `YYYYMMDD`.
    mutating func date() -> CivilDate? {
        guard let year = digits(4) else { return nil }
        let isExtended = skip("-")
        guard let month = digits(2), skip("-") == isExtended, let day = digits(2) else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    /// `Z` or `±hh[[:]mm]`, the minus a hyphen or U+2212.
    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") || skip("\u{2212}") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours < 24 else { return nil }
        guard hasMoreDigits() else { return sign * hours * 60 }
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }

    mutating func digits(_ count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Fraction digits, at least one, cut to three.
    mutating func milliseconds() -> Int? {
        var value = 0
        var count = 0
        while let digit = digit() {
            if count < 3 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 3 - count) { value *= 10 }
        return value
    }

    private mutating func digit() -> Int? {
        guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        rest.removeFirst()
        return Int(byte - UInt8(ascii: "0"))
    }
}
