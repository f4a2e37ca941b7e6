import Shared

// MARK: What the screen shows

extension TrackingSession {
    /// Elapsed and idle seconds of the open session; nil without one.
    func sessionTotals(at now: Moment) -> WorkTotals? { work?.totals(at: now) }

    /// The server's sums of today, running on with the open session; nil before the server told them.
    func dayTotals(at now: Moment) -> WorkTotals? { day?.totals(with: work?.totals(at: now)) }

    /// What managers have added to today's hours, less what they have taken off, as the server told it last.
    var correctionSeconds: Int { day?.correctionSeconds ?? 0 }

    /// Work that is neither in a session nor delivered; it is kept on disk.
    func untold(at now: Moment) -> Duration { work?.untold(at: now) ?? .zero }

    /// How long ago the server confirmed the open session last; nil without one.
    func sinceBeat(at now: Duration) -> Duration? { work?.sinceBeat(at: now) }
}
