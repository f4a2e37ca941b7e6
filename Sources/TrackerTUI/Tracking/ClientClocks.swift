import Shared

/// The present, by this machine's own clocks and by the server's, and how things are dated by both.
struct ClientClocks: Sendable {
    /// By this machine's own clocks.
    private(set) var machine: Moment
    /// The same moment; its wall clock's time is the server's, as far as that is known.
    private(set) var now: Moment
    private(set) var server: ServerClock
    /// That this machine's clock is off has been said.
    private var hasToldTrouble = false

    init(at now: Moment, kept: ServerClock.Kept?) {
        machine = now
        self.now = now
        server = ServerClock(at: now, kept: kept)
    }

    mutating func pass(to moment: Moment) {
        machine = moment
        now = moment
        now.wall = server.time(at: moment)
    }

    /// - Returns: whether the server's clock is known better than before, or was set.
    mutating func heard(_ sample: ServerClock.Sample) -> Bool {
        let before = server
        server.heard(sample)
        now.wall = server.time(at: machine)
        return server != before
    }

    /// Another server's clock says nothing of this one's.
    mutating func use(_ kept: ServerClock.Kept?) { server = ServerClock(at: machine, kept: kept) }

    /// How far this machine's clock is off, in words; nil where it is right, or not known to be wrong.
    var trouble: String? { server.lead(at: machine).flatMap(ServerClock.words(lead:)) }

    /// The ``trouble`` that was not told yet.
    mutating func newTrouble() -> String? {
        let trouble = trouble
        defer { hasToldTrouble = trouble != nil }
        return hasToldTrouble ? nil : trouble
    }

    /// With its wall clock's time by the server.
    func dated(_ moment: Moment) -> Moment {
        var moment = moment
        moment.wall = server.time(at: moment)
        return moment
    }

    /// Tracking reckons in the server's time, as far as that is known; kept is what this machine's wall clock showed.
    func dated(_ instant: WorkInstant) -> WorkInstant {
        var instant = instant
        if instant.bootID == machine.bootID {
            instant.wall = machine.wall.adding(milliseconds: (instant.boot - machine.boot).wholeMilliseconds)
        }
        return server.dated(instant)
    }

    func dated(_ stretch: WorkStretch) -> WorkStretch {
        WorkStretch(start: dated(stretch.start), end: dated(stretch.end), idleSeconds: stretch.idleSeconds)
    }

    func dated(_ work: KeptWork) -> KeptWork {
        var work = work
        work.stretches = work.stretches.map { dated($0) }
        return work
    }
}
