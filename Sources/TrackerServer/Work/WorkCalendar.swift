import Foundation
import Shared

/// The days of one time zone as half-open spans of instants that follow each other without a gap.
///
/// A day starts at the first instant whose wall clock shows that date or a later one: 00:00:00.000, or where a zone's
/// clock jumps over midnight, the instant after the jump.
struct WorkCalendar: Sendable {
    let zone: WorkZone

    init(zone: WorkZone) {
        self.zone = zone
    }

    init(timeZone: TimeZone) {
        self.init(zone: WorkZone(timeZone))
    }

    private static let dayMilliseconds: Int64 = 86_400_000

    func day(of time: Timestamp) -> CivilDate {
        var day = CivilDate(daysSince1970: wallClock(at: time).flooredQuotient(by: Self.dayMilliseconds))
        // Where a clock is set back over midnight, the date shown falls back too; days do not.
        while time >= start(of: day.adding(days: 1)) { day = day.adding(days: 1) }
        return day
    }

    func start(of day: CivilDate) -> Timestamp {
        let midnight = day.daysSince1970 * Self.dayMilliseconds
        // Since 1900 no zone is ahead of UTC by 15 hours or behind it by 13.
        let earliest = Timestamp(milliseconds: midnight - 15 * 3_600_000)
        let candidate = Timestamp(milliseconds: midnight - offset(at: earliest))
        if offset(at: candidate.adding(milliseconds: -1)) == offset(at: earliest),
            offset(at: candidate) == offset(at: earliest)
        {
            return candidate
        }
        return firstInstant(showing: midnight, from: earliest)
    }

    func span(of day: CivilDate) -> Range<Timestamp> {
        start(of: day)..<start(of: day.adding(days: 1))
    }

    /// The starts of days in `(after, through]`, in order.
    func midnights(after: Timestamp, through last: Timestamp) -> [Timestamp] {
        guard after < last else { return [] }
        var midnights: [Timestamp] = []
        var day = day(of: after).adding(days: 1)
        var start = start(of: day)
        while start <= last {
            midnights.append(start)
            day = day.adding(days: 1)
            start = self.start(of: day)
        }
        return midnights
    }

    /// What a calendar and a clock on the wall show: `2026-03-02` and `08:05:12`.
    func local(_ time: Timestamp) -> (date: String, clock: String) {
        let shown = Timestamp(milliseconds: wallClock(at: time)).iso8601
        return (String(shown.prefix(10)), String(shown.dropFirst(11).prefix(8)))
    }

    /// The slow path for days near a change of the clock: in steps of a quarter of an hour to the one that reaches
    /// `wallClock`, then by halves to its millisecond.
    private func firstInstant(showing wallClock: Int64, from earliest: Timestamp) -> Timestamp {
        let step: Int64 = 15 * 60_000
        var before = earliest
        while self.wallClock(at: before.adding(milliseconds: step)) < wallClock {
            before = before.adding(milliseconds: step)
        }
        var reached = before.adding(milliseconds: step)
        while reached - before > 1 {
            let middle = before.adding(milliseconds: (reached - before) / 2)
            if self.wallClock(at: middle) < wallClock { before = middle } else { reached = middle }
        }
        return reached
    }

    private func wallClock(at time: Timestamp) -> Int64 {
        time.milliseconds + offset(at: time)
    }

    /// Milliseconds that the zone is ahead of UTC.
    private func offset(at time: Timestamp) -> Int64 {
        // Whole seconds: zones change at whole seconds, and a fraction must not round up over a change.
        let seconds = time.milliseconds.flooredQuotient(by: 1000)
        return Int64(zone.offset(at: seconds)) * 1000
    }
}
