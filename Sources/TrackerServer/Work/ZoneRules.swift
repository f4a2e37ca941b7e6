import Shared

/// When a time zone's clock was and will be set, read from a file of the time zone database: TZif, RFC 9636. Pure.
///
/// What a file says by a rule for all the years to come (its footer, section 3.3) is written out for the 400 years after
/// which the Gregorian calendar repeats itself, so that every question is one search.
struct ZoneRules: Sendable, Hashable {
    /// Seconds since 1970 at which an offset begins, rising.
    private var starts: [Int64] = []
    /// Seconds ahead of UTC: before the first start, and from each start on.
    private var offsets: [Int32]
    /// The first instant, in seconds since 1970, of which the same is true as of 400 years before; nil when nothing changes
    /// after the last start.
    private var repeats: Int64?

    /// Seconds of 400 years of the Gregorian calendar, a whole number of weeks.
    private static let cycle: Int64 = 146_097 * 86_400

    /// Nil for what is no such file, and for one that counts leap seconds (section 3.2), as those below `right/` do.
    init?(tzif bytes: [UInt8]) {
        var reader = BigEndianReader(bytes)
        guard var header = Header(&reader) else { return nil }
        var timeSize = 4
        if header.version >= 2 {
            // The first block is for readers that know 32 bits alone.
            guard reader.skip(header.blockSize(timeSize: timeSize)), let second = Header(&reader) else {
                return nil
            }
            header = second
            timeSize = 8
        }
        guard header.leapCount == 0, header.typeCount > 0,
            let times = reader.integers(header.timeCount, size: timeSize),
            let indexes = reader.integers(header.timeCount, size: 1)
        else { return nil }
        var types: [Int32] = []
        for _ in 0..<header.typeCount {
            guard let offset = reader.integers(1, size: 4)?.first, abs(offset) < 86_400 * 2, reader.skip(2) else {
                return nil
            }
            types.append(Int32(offset))
        }
        guard indexes.allSatisfy({ (0..<Int64(types.count)).contains($0) }), zip(times, times.dropFirst()).allSatisfy(<)
        else { return nil }
        starts = times
        offsets = [types[0]] + indexes.map { types[Int($0)] }
        guard header.version >= 2 else { return }
        guard reader.skip(header.charCount + header.standardCount + header.utCount), let footer = reader.footer() else {
            return nil
        }
        if !footer.isEmpty {
            guard let rule = YearlyRule(posix: footer) else { return nil }
            append(rule)
        }
    }

    /// Seconds that the zone is ahead of UTC.
    /// - Parameter time: in seconds since 1970.
    func offset(at time: Int64) -> Int32 {
        var time = time
        if let repeats, time >= repeats { time -= ((time - repeats) / Self.cycle + 1) * Self.cycle }
        return offsets[starts.partition { $0 > time }]
    }

    /// Writes the rule out from the last start on.
    private mutating func append(_ rule: YearlyRule) {
        // Without summer time, it says what the last start does.
        guard let summer = rule.summer else { return }
        let last = starts.last ?? Int64.min
        let firstYear = starts.last.map { CivilDate(daysSince1970: $0.flooredQuotient(by: 86_400)).year } ?? 1970
        var changes: [(start: Int64, offset: Int32)] = []
        // One more at both ends: a change may fall into the neighbouring year of UTC.
        for year in (firstYear - 1)...(firstYear + 402) {
            // Where both come at once, as in years that are all summer, the summer's beginning comes second.
            changes.append((summer.end.seconds(in: year) - Int64(summer.offset), rule.standard))
            changes.append((summer.start.seconds(in: year) - Int64(rule.standard), summer.offset))
        }
        changes = changes.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }
            .map(\.element)
        for (index, change) in changes.enumerated() where change.start > last {
            if index + 1 < changes.count, changes[index + 1].start == change.start { continue }
            guard change.offset != offsets.last else { continue }
            starts.append(change.start)
            offsets.append(change.offset)
        }
        repeats = CivilDate.firstDay(of: firstYear + 402).daysSince1970 * 86_400
    }
}

/// The fields of a TZif header (section 3.1).
private struct Header {
    let version: Int
    let utCount: Int
    let standardCount: Int
    let leapCount: Int
    let timeCount: Int
    let typeCount: Int
    let charCount: Int

    /// No zone has had more changes, types or letters.
    private static let limit: Int64 = 100_000

    init?(_ reader: inout BigEndianReader) {
        guard reader.take(4) == Array("TZif".utf8)[...], let version = reader.take(1)?.first, reader.skip(15),
            let counts = reader.integers(6, size: 4), counts.allSatisfy({ (0...Self.limit).contains($0) })
        else { return nil }
        self.version = version == 0 ? 1 : Int(version) - Int(UInt8(ascii: "0"))
        let numbers = counts.map(Int.init)
        (utCount, standardCount, leapCount) = (numbers[0], numbers[1], numbers[2])
        (timeCount, typeCount, charCount) = (numbers[3], numbers[4], numbers[5])
    }

    func blockSize(timeSize: Int) -> Int {
        timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4) + standardCount + utCount
    }
}

private struct BigEndianReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func skip(_ count: Int) -> Bool { take(count) != nil }

    /// Signed integers of `size` bytes each; those of one byte have no sign.
    mutating func integers(_ count: Int, size: Int) -> [Int64]? {
        guard let bytes = take(count * size) else { return nil }
        return (0..<count).map { index in
            let start = bytes.startIndex + index * size
            let value = bytes[start..<(start + size)].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            switch size {
            case 4: return Int64(Int32(truncatingIfNeeded: value))
            default: return Int64(bitPattern: value)
            }
        }
    }

    /// The text between the two line feeds at the end.
    mutating func footer() -> String? {
        guard rest.first == UInt8(ascii: "\n"), let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        return String(validating: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
    }
}

/// A zone's rule for every year: the TZ variable of POSIX with the extensions of RFC 9636, section 3.3.1, as in
/// `CET-1CEST,M3.5.0,M10.5.0/3`.
struct YearlyRule: Sendable, Hashable {
    /// When in a year the clock is set, by what it shows before.
    struct Change: Sendable, Hashable {
        enum Day: Sendable, Hashable {
            /// 1 to 365; 29 February is never counted.
            case julian(Int)
            /// 0 to 365.
            case ofYear(Int)
            /// Week 5 is the last one; day 0 is Sunday.
            case weekday(month: Int, week: Int, day: Int)
        }

        let day: Day
        /// Seconds after midnight; may lie some days before or behind it.
        let time: Int64

        /// Seconds since 1970 as if the clock showed UTC.
        func seconds(in year: Int) -> Int64 { date(in: year) * 86_400 + time }

        private func date(in year: Int) -> Int64 {
            let newYear = CivilDate.firstDay(of: year).daysSince1970
            switch day {
            case .ofYear(let day): return newYear + Int64(day)
            case .julian(let day):
                let hasLeapDay = CivilDate(year: year, month: 2, day: 29) != nil
                return newYear + Int64(day) - (hasLeapDay && day >= 60 ? 0 : 1)
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1) ?? CivilDate.firstDay(of: year)
                // 1 January 1970 was a Thursday.
                let firstWeekday = (first.daysSince1970 + 4) - (first.daysSince1970 + 4).flooredQuotient(by: 7) * 7
                var day = 1 + (weekday - Int(firstWeekday) + 7) % 7 + (week - 1) * 7
                while CivilDate(year: year, month: month, day: day) == nil { day -= 7 }
                return first.daysSince1970 + Int64(day) - 1
            }
        }
    }

    struct Summer: Sendable, Hashable {
        let offset: Int32
        let start: Change
        let end: Change
    }

    /// Seconds ahead of UTC.
    let standard: Int32
    let summer: Summer?

    init?(posix text: String) {
        var scanner = PosixScanner(text)
        guard scanner.name(), let west = scanner.time(hours: 24) else { return nil }
        standard = Int32(-west)
        guard !scanner.isAtEnd else {
            summer = nil
            return
        }
        guard scanner.name() else { return nil }
        var offset = standard + 3600
        if !scanner.isAt(",") {
            guard let west = scanner.time(hours: 24) else { return nil }
            offset = Int32(-west)
        }
        guard scanner.skip(","), let start = scanner.change(), scanner.skip(","), let end = scanner.change(),
            scanner.isAtEnd
        else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }
}

private struct PosixScanner {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    var isAtEnd: Bool { rest.isEmpty }
    func isAt(_ character: Character) -> Bool { rest.first == character }

    mutating func skip(_ character: Character) -> Bool {
        guard isAt(character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Three letters or more, or anything in angle brackets.
    mutating func name() -> Bool {
        if skip("<") {
            guard let end = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: end)...]
            return true
        }
        let letters = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard digits.count <= 3, let number = Int(digits), range.contains(number) else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time(hours limit: Int) -> Int64? {
        let sign = skip("-") ? -1 : 1
        if sign == 1 { _ = skip("+") }
        guard let hours = number(0...limit) else { return nil }
        var seconds = hours * 3600
        for unit in [60, 1] where skip(":") {
            guard let part = number(0...59) else { return nil }
            seconds += part * unit
        }
        return Int64(sign * seconds)
    }

    mutating func change() -> YearlyRule.Change? {
        let day: YearlyRule.Change.Day
        if skip("M") {
            guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
                let weekday = number(0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if skip("J") {
            guard let number = number(1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = number(0...365) else { return nil }
            day = .ofYear(number)
        }
        guard skip("/") else { return YearlyRule.Change(day: day, time: 2 * 3600) }
        return time(hours: 167).map { YearlyRule.Change(day: day, time: $0) }
    }
}

extension CivilDate {
    fileprivate var year: Int { Int(iso8601.prefix(4)) ?? 0 }

    fileprivate static func firstDay(of year: Int) -> CivilDate {
        // Every year that is asked for has one.
        CivilDate(year: year, month: 1, day: 1) ?? CivilDate(daysSince1970: 0)
    }
}
