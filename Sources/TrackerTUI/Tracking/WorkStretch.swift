import Shared

/// A stretch of work that no beat has confirmed, with the idle time that was measured in it.
struct WorkStretch: Sendable, Hashable {
    var start: WorkInstant
    var end: WorkInstant
    /// At most the stretch's length.
    var idleSeconds: Int

    /// By the boot clock; by the dates where one end was before the machine started.
    var length: Duration { end.since(start) }

    /// Shorter ones are not kept for themselves: they lie between a request and its answer.
    static let shortest: Duration = .seconds(1)
    /// Longer ones are divided: the server takes a day at most.
    static let longest: Duration = .seconds(12 * 3600)
}

extension WorkInstant {
    /// The time from another one to this, never negative.
    func since(_ other: WorkInstant) -> Duration {
        if let bootID, bootID == other.bootID { return max(boot - other.boot, .zero) }
        let (own, others) = (told ?? wall, other.told ?? other.wall)
        return .milliseconds(max(own - others, 0))
    }
}

/// What the disk has of work that is under way, so that a client that was killed can go on: nothing it worked is lost, and
/// nothing is added to it.
struct KeptWork: Sendable, Hashable {
    /// In order; the last one ends where the client is known to have run. None when nothing but idle time is owed.
    var stretches: [WorkStretch]
    /// The server had a session open for it, as far as the client knew.
    var hasSession: Bool
    /// Idle seconds beyond those of the stretches: they belong to a session that has ended, and are told with the next work.
    var owedIdle = 0
}
