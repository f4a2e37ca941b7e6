import Shared

extension Correction {
    /// True when it is about an account that began at `start`, and not about one that had the same id before: neither it nor its
    /// day is older.
    func isOfAccount(since start: Timestamp, _ calendar: WorkCalendar) -> Bool {
        createdAt >= start && calendar.start(of: date.adding(days: 1)) > start
    }
}
