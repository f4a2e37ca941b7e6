import Shared

/// What becomes of the hours when a capture is deleted: nobody can see any more what was done then. Pure.
enum CaptureDeletion {
    /// Of the correction.
    static let reason = "capture deleted"
    /// How long after a capture the employee may delete it, in milliseconds; managers may always.
    static let ownersTime: Int64 = 24 * 3_600_000
    static let ownersRule = "You can delete a capture within 24 hours; after that only a manager can."

    static func mayBeByOwner(_ record: UploadRecord, at now: Timestamp) -> Bool { now - record.ts <= ownersTime }
}

extension WorkReport {
    /// What is taken off the hours with a capture: the time since the one before it, at most an interval, as far as it was
    /// worked and the day's hours with their corrections still have it. In whole minutes, the nearest, as corrections are;
    /// where it passes midnight, on both days.
    func deductions(for record: UploadRecord, _ state: borrowing TrackerState) -> [(day: CivilDate, minutes: Int)] {
        let employee = AccountID(stored: record.employeeID)
        let span = span(of: record, of: employee, state)
        guard !span.isEmpty else { return [] }
        let sessions = state.sessions.sessions(of: employee, in: span)
        let starts = [span.lowerBound] + rules.calendar.midnights(after: span.lowerBound, through: span.upperBound)
        return zip(starts, starts.dropFirst() + [span.upperBound]).compactMap { from, to in
            let day = rules.calendar.day(of: from)
            let seconds = sessions.compactMap { part(of: $0, in: from..<to) }.totals.activeSeconds
            let minutes = min((seconds + 30) / 60, max(0, correctedSeconds(of: employee, on: day, state)) / 60)
            return minutes > 0 ? (day, minutes) : nil
        }
    }

    /// The time that the capture stands for.
    private func span(
        of record: UploadRecord, of employee: AccountID, _ state: borrowing TrackerState
    ) -> Range<Timestamp> {
        let before = state.uploads.newest(
            of: employee, in: Timestamp(milliseconds: .min)..<record.ts.adding(milliseconds: 1),
            after: PageCursor(record), limit: 1
        ).first?.ts
        // Where none is assigned now, one was when it was captured.
        let assigned = state.interval(of: employee) ?? CaptureInterval.hoursOnly
        let interval = assigned == CaptureInterval.hoursOnly ? CaptureInterval.minutes.upperBound * 60 : assigned
        let earliest = record.ts.adding(milliseconds: -Int64(interval) * 1000)
        return max(earliest, before ?? earliest)..<record.ts
    }

    /// A day's net time with its corrections.
    func correctedSeconds(of employee: AccountID, on day: CivilDate, _ state: borrowing TrackerState) -> Int {
        let days = DayRange(from: day, to: day)
        let net = parts(of: state.sessions.sessions(of: employee, in: rules.calendar.span(of: day)), on: day).totals
            .netActiveSeconds
        return state.corrections.counting(of: employee, in: days).reduce(net) { $0 + $1.seconds }
    }
}
