import OrderedCollections
import Shared

/// What a report is asked to say.
struct ReportRequest: Sendable, Hashable {
    let days: DayRange
    var division = ReportDivision.day
    /// Nil for everybody.
    var employee: AccountID?
    /// Also employees who have nothing in those days.
    var includesAll = false
    /// Says what each row is made of.
    var explains = false
    /// What is older is not shown: an employee sees nothing of an earlier account of the same id.
    var start = Timestamp(milliseconds: .min)
}

/// What reports are made of, as it was at one moment. It shares memory with the state.
struct ReportSource: Sendable {
    let users: OrderedDictionary<AccountID, Stored<User>>
    /// Those that may share an instant with the days.
    let sessions: SessionTable.Slice
    /// Those that count on one of the days, in order of creation.
    let corrections: [Correction]
}

extension TrackerState {
    func reportSource(of request: ReportRequest, _ calendar: WorkCalendar) -> ReportSource {
        ReportSource(
            users: users, sessions: sessions.slice(of: request.employee, in: request.days.span(in: calendar)),
            corrections: corrections.counting(of: request.employee, in: request.days))
    }
}
