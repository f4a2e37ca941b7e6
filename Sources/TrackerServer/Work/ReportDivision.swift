import Shared

/// How a report divides its days into rows.
enum ReportDivision: String, Sendable, CaseIterable {
    case day
    case week
    case month
    case range

    /// Consecutive days that make one row, and what the row is called.
    struct Period: Sendable, Hashable {
        let name: String
        let days: DayRange
    }

    /// The rows of a range, in order; its first and last week or month are cut where it is.
    func periods(of range: DayRange) -> [Period] {
        var periods: [Period] = []
        var first = range.from
        while first <= range.to {
            let (name, end) = period(at: first, in: range)
            let last = min(end.adding(days: -1), range.to)
            periods.append(Period(name: name, days: DayRange(from: first, to: last)))
            first = last.adding(days: 1)
        }
        return periods
    }

    /// The name of the period that `day` lies in, and the first day after it.
    private func period(at day: CivilDate, in range: DayRange) -> (name: String, end: CivilDate) {
        switch self {
        case .day: (day.iso8601, day.adding(days: 1))
        case .week: (day.weekName, day.startOfWeek.adding(days: 7))
        case .month: (String(day.iso8601.dropLast(3)), day.startOfNextMonth)
        case .range: (range.text, range.to.adding(days: 1))
        }
    }
}

// Weeks are those of ISO 8601: they begin on Monday, and belong to the year that has their Thursday.
extension CivilDate {
    var startOfWeek: CivilDate {
        // 1970-01-01 was a Thursday.
        let monday = (daysSince1970 + 3).flooredQuotient(by: 7) * 7 - 3
        return CivilDate(daysSince1970: monday)
    }

    /// `2026-W10`.
    var weekName: String {
        let thursday = startOfWeek.adding(days: 3)
        let year = thursday.parts.year
        let week = (thursday.daysSince1970 - thursday.startOfYear.daysSince1970) / 7 + 1
        // 0000-01-01 lies in a week of the year before.
        return (year < 0 ? "-" : "") + Self.padded(year.magnitude, to: 4) + "-W" + Self.padded(week.magnitude, to: 2)
    }

    private static func padded(_ number: UInt64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private var startOfYear: CivilDate {
        var start = startOfMonth
        while start.parts.month > 1 { start = start.adding(days: -1).startOfMonth }
        return start
    }

    var startOfMonth: CivilDate { adding(days: 1 - Int(parts.day)) }

    var startOfNextMonth: CivilDate { startOfMonth.adding(days: 31).startOfMonth }
}
