import Shared

/// Calendar days from one to another, both included; what a report is about.
struct DayRange: Sendable, Hashable {
    let from: CivilDate
    let to: CivilDate

    /// The most days that may be asked for at once.
    static let longest = 400

    init(from: CivilDate, to: CivilDate) {
        self.from = from
        self.to = max(from, to)
    }

    /// The number of its days.
    var count: Int { Int(to.daysSince1970 - from.daysSince1970) + 1 }

    func contains(_ day: CivilDate) -> Bool { from <= day && day <= to }

    /// All its instants.
    func span(in calendar: WorkCalendar) -> Range<Timestamp> {
        calendar.start(of: from)..<calendar.start(of: to.adding(days: 1))
    }

    /// `2026-03-02/2026-03-31`, as ISO 8601 writes an interval.
    var text: String { "\(from.iso8601)/\(to.iso8601)" }
}

/// A range of days by its name, up to the period's last day, be it still to come.
enum NamedPeriod: String, Sendable, CaseIterable {
    case today
    case yesterday
    case thisWeek = "this-week"
    case lastWeek = "last-week"
    case thisMonth = "this-month"
    case lastMonth = "last-month"

    func days(today: CivilDate) -> DayRange {
        switch self {
        case .today: DayRange(from: today, to: today)
        case .yesterday: DayRange(from: today.adding(days: -1), to: today.adding(days: -1))
        case .thisWeek: DayRange(from: today.startOfWeek, to: today.startOfWeek.adding(days: 6))
        case .lastWeek: DayRange(from: today.startOfWeek.adding(days: -7), to: today.startOfWeek.adding(days: -1))
        case .thisMonth: DayRange(from: today.startOfMonth, to: today.startOfNextMonth.adding(days: -1))
        case .lastMonth:
            DayRange(from: today.startOfMonth.adding(days: -1).startOfMonth, to: today.startOfMonth.adding(days: -1))
        }
    }
}
