import Capture
import Shared

/// Who watches the employee's screen live, and when a frame goes out to them: only while tracking, one at a time, and only
/// what has changed, but for a sign of life now and then.
struct LiveFeed: Sendable {
    enum Event: Sendable, Equatable {
        /// Somebody watches from now on, or still does.
        case initiated(by: AccountID)
        /// Nobody watches any more.
        case terminated(by: AccountID)
        /// Who goes on watching when one of several leaves, or watched when the server got the last frame.
        case watched(by: [AccountID])
        /// The server knows that the employee has ended it: whoever watches from now on has begun after that.
        case endHeard
        case disconnected
        case trackingStarted
        case trackingEnded
        /// By the employee.
        case endPressed
        /// The employee logs out or quits: the server tells those who watch.
        case left
        case tick
        case frameEnded(round: Generation, Outcome)
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
        case takeFrame(round: Generation, mustSend: Bool)
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
    /// The server is given so long to hear that live view has ended.
    static let endLimit: Duration = .seconds(10)

    let interval: Duration
    /// In the order in which they began.
    private(set) var watchers: [AccountID] = []
    /// What the frame showed that was sent last: when it was taken.
    private(set) var lastFrame: Timestamp?
    private(set) var isTracking = false

    /// Nil while nothing is shown to anybody.
    private var plan: CapturePlan?
    /// One for each time that live view starts.
    private var round = Generation()
    /// Until then somebody who began before the employee ended it may still be announced.
    private var isEndingUntil: Duration?
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
        case .initiated(let watcher):
            if isEndingUntil.map({ now >= $0 }) ?? true { initiated(by: watcher, at: now) }
        case .terminated(let watcher): end(.byWatcher(watcher.spelling))
        case .watched(let watchers): keep(watchers)
        case .endHeard: isEndingUntil = nil
        case .disconnected:
            isEndingUntil = nil
            end(.disconnected)
        case .trackingStarted:
            isTracking = true
            if !watchers.isEmpty { start(at: now) }
        case .trackingEnded:
            isTracking = false
            if isLive { terminate(at: now) }
            end(.trackingEnded)
        case .endPressed:
            guard isLive else { break }
            terminate(at: now)
            end(.byEmployee)
        case .left:
            isEndingUntil = nil
            end(.left)
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
        plan = CapturePlan(start: earliestFrame(now), interval: interval)
    }

    private func earliestFrame(_ now: Duration) -> Duration { max(now, takenAt.map { $0 + Self.shortestPause } ?? now) }

    private mutating func start(at now: Duration) {
        round.advance()
        isTaking = false
        mustSend = true
        (sentAt, lastFrame, trouble) = (nil, nil, nil)
        // Also for those who begin and cease again and again.
        plan = CapturePlan(start: earliestFrame(now), interval: interval)
        actions.append(.note(.liveStarted(by: watchers.map(\.spelling).joined(separator: ", "))))
    }

    /// Takes out who has left. An empty list is left to the event that ends live view.
    private mutating func keep(_ current: [AccountID]) {
        guard isEndingUntil == nil else { return }
        let (stay, gone) = (watchers.filter(current.contains), watchers.filter { !current.contains($0) })
        guard !stay.isEmpty else { return }
        watchers = stay
        guard isLive else { return }
        for watcher in gone { actions.append(.note(.liveLeft(by: watcher.spelling))) }
    }

    private mutating func terminate(at now: Duration) {
        isEndingUntil = now + Self.endLimit
        actions.append(.terminate)
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

    private mutating func frameEnded(_ round: Generation, _ outcome: Outcome) {
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
