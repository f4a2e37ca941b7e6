import Shared

/// Who watches the employee's screen live, and when a frame goes out to them: only while tracking, one at a time, and only
/// what has changed, but for a sign of life now and then.
struct LiveView: Sendable {
    enum Event: Sendable, Equatable {
        /// Somebody watches from now on, or still does.
        case initiated(by: AccountID)
        /// Nobody watches any more.
        case terminated(by: AccountID)
        case disconnected
        case trackingStarted
        case trackingEnded
        /// By the employee.
        case endPressed
        /// The employee logs out or quits: the server tells those who watch.
        case left
        case tick
        case frameEnded(round: Int, Outcome)
    }

    enum Outcome: Sendable, Equatable {
        /// - Parameter at: when the screen looked like this.
        case sent(at: Timestamp)
        case unchanged
        /// The connection was not there, or could not take it.
        case notSent
        case failed(CaptureError)
    }

    enum Action: Sendable, Hashable {
        /// Take a frame and send it; when it is just the last one, then only if `mustSend`.
        case takeFrame(round: Int, mustSend: Bool)
        /// Tell the server that the employee has ended it.
        case terminate
        /// No frame may go out any more.
        case stopFrames
        case note(Note)
    }

    /// The same frame is sent again when nothing has changed for so long.
    static let keepAlive: Duration = .seconds(30)
    /// However many begin to watch, frames are at least this far apart.
    static let shortestPause: Duration = .seconds(1)
    /// More are not told apart.
    static let watcherLimit = 100

    let interval: Duration
    /// In the order in which they began.
    private(set) var watchers: [AccountID] = []
    /// What the frame showed that was sent last: when it was taken.
    private(set) var lastFrame: Timestamp?
    private(set) var isTracking = false

    /// Nil while nothing is shown to anybody.
    private var plan: CapturePlan?
    /// Counts the times that live view has started, so that a frame that ends late is known as such.
    private var round = 0
    private var isTaking = false
    private var mustSend = false
    private var takenAt: Duration?
    /// When the frame was taken that was sent last.
    private var sentAt: Duration?
    private var trouble: CaptureError?
    private var actions: [Action] = []

    init(interval: Duration) {
        self.interval = interval
    }

    /// True while frames go out.
    var isLive: Bool { plan != nil }

    mutating func handle(_ event: Event, at now: Duration) -> [Action] {
        switch event {
        case .initiated(let watcher): initiated(by: watcher, at: now)
        case .terminated(let watcher): end(.byWatcher(watcher.spelling))
        case .disconnected: end(.disconnected)
        case .trackingStarted:
            isTracking = true
            if !watchers.isEmpty { start(at: now) }
        case .trackingEnded:
            isTracking = false
            if isLive { actions.append(.terminate) }
            end(.trackingEnded)
        case .endPressed:
            guard isLive else { break }
            actions.append(.terminate)
            end(.byEmployee)
        case .left: end(.left)
        case .tick: break
        case .frameEnded(let round, let outcome): frameEnded(round, outcome)
        }
        takeFrame(at: now)
        defer { actions = [] }
        return actions
    }

    private mutating func initiated(by watcher: AccountID, at now: Duration) {
        let isNew = !watchers.contains(watcher)
        if isNew, watchers.count < Self.watcherLimit { watchers.append(watcher) }
        guard isTracking else {
            if isNew { actions.append(.note(.liveAsked(by: watcher.spelling))) }
            return
        }
        guard isLive else {
            start(at: now)
            return
        }
        if isNew { actions.append(.note(.liveStarted(by: watcher.spelling))) }
        // They have not seen anything yet.
        mustSend = true
        let earliest = takenAt.map { $0 + Self.shortestPause } ?? now
        plan = CapturePlan(start: max(now, earliest), interval: interval)
    }

    private mutating func start(at now: Duration) {
        round += 1
        isTaking = false
        mustSend = true
        (takenAt, sentAt, lastFrame, trouble) = (nil, nil, nil, nil)
        plan = CapturePlan(start: now, interval: interval)
        actions.append(.note(.liveStarted(by: watchers.map(\.spelling).joined(separator: ", "))))
    }

    private mutating func end(_ reason: Note.LiveEnd) {
        watchers = []
        guard isLive else { return }
        plan = nil
        actions += [.stopFrames, .note(.liveEnded(reason))]
    }

    private mutating func takeFrame(at now: Duration) {
        guard !isTaking, plan?.takeDue(at: now) == true else { return }
        // Ticks are about a second apart.
        let isQuiet = sentAt.map { now - $0 > Self.keepAlive - .seconds(1) } ?? true
        actions.append(.takeFrame(round: round, mustSend: mustSend || isQuiet))
        isTaking = true
        mustSend = false
        takenAt = now
    }

    private mutating func frameEnded(_ round: Int, _ outcome: Outcome) {
        guard isLive, round == self.round else { return }
        isTaking = false
        switch outcome {
        case .sent(let time):
            lastFrame = time
            sentAt = takenAt
            trouble = nil
        case .unchanged:
            trouble = nil
        case .notSent:
            mustSend = true
        case .failed(let error):
            mustSend = true
            if trouble != error { actions.append(.note(.liveFrameFailed(error.description))) }
            trouble = error
        }
    }
}
