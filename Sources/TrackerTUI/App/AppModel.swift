import FoundationEssentials
import Shared

// App: what the client is at any moment. AppModel decides in values what follows from an event, EffectRunner does it, and
// Application is the loop between them.

/// Which screen is shown with which content, the tracking beneath it, and what was said so far.
struct AppModel: Sendable {
    struct Options: Sendable {
        var server: String
        /// The file that the server's address comes from, if it does.
        var serverOrigin: String?
        /// What the sign-in says besides: sentences.
        var signInNotes: [String] = []
        var email = ""
        var password = ""
        /// Shown while no interval is assigned.
        var defaultInterval = 180
        var tracking = TrackingSession.Settings()
        var liveInterval: Duration = .seconds(5)
        /// No screen: log in with email and password, and leave when that fails.
        var isHeadless = false
        /// Whoever ends tracking by a key is asked once.
        var asksBeforeStopping = false
        var timeZone = LocalTime.Zone.gmt
        /// What this machine's client is known by; nil: the server is told of no client.
        var clientID: UUID?
        /// Who has not logged out of an earlier run.
        var login: KeptLogin?
        /// Which servers are asked through a proxy: what goes to them may be read on the way.
        var proxies = ProxyRules.none
        /// False: there is none that could be silent.
        var hasDisplay = true
    }

    /// What follows when the session has been stopped.
    enum Departure: Sendable, Hashable {
        case logOut
        case exit(Int32)
    }

    enum Link: Sendable, Hashable {
        /// It is being made, or there is none to make.
        case unknown
        case up
        case down(reason: String)
    }

    static let logLimit = 500
    /// A display that takes longer than this to answer is said to be silent.
    static let displayPatience: Duration = .seconds(5)
    static let silentDisplay = "The display does not answer."

    let options: Options
    var screen: AnyScreen
    /// Lies over it.
    var overlay: AnyScreen?
    var size = (width: 80, height: 24)
    var tracking: TrackingSession
    var delivery: Delivery
    var live: LiveFeed
    /// What is known of the live connection.
    var link: Link = .unknown
    /// Who is signed in, or about to be.
    var account: Account?
    var queue: SpoolStatus?
    var lastCapture: LastCapture?
    var holdup = Holdup()
    /// Why the screen could not be captured last time.
    var captureTrouble: String?
    /// Why idle time could not be told last time.
    var idleTrouble: String?
    /// Oldest first.
    var log: [LogEntry] = []
    /// Where somebody reads in the messages; nil: the newest is shown, whatever comes.
    var reading: Reading?
    var question: Question?
    var departure: Departure?
    /// The time of the last event; what is drawn is as of then. Its wall clock's time is the server's.
    var now: Moment
    /// The same by this machine's own clocks.
    private(set) var machine: Moment
    /// What is known of the clock of the account's server.
    var serverClock: ServerClock
    /// That this machine's clock is off has been said.
    var hasToldClock = false

    var attempt = 0
    /// Raised at each sign-in and sign-out, so that what was begun for one login and ends late does nothing to the next.
    var epoch = 0
    /// The epoch that this employee's tracking began with; a login that was asked for again meanwhile is a later one.
    var firstEpoch = 0
    /// The number of the live connection, raised when one is opened or closed.
    var linkNumber = 0
    /// The screen has been asked for a new login since the last one ended.
    var isAskingAgain = false
    /// When the idle time was asked for that has not been told yet.
    var samplingSince: Duration?
    /// When the capture was begun that has not ended yet.
    var capturingSince: Duration?
    /// When a headless client logs in again after the server did not answer.
    var nextLogin: Duration?
    /// What became of whoever reads a headless client's lines.
    var listenerLoss: ListenerLoss?
    var loginPause = RetryPause()
    /// Attempts of a headless client that tracks whose password was refused.
    var refusedLogins = 0
    /// When the program started; nil once somebody has signed in.
    var launch: Moment?
    /// As the disk has it.
    var keptInterval: Int?
    var effects: [Effect] = []
    let jitter: @Sendable () -> Double

    init(options: Options, at now: Moment, jitter: @escaping @Sendable () -> Double) {
        self.options = options
        self.jitter = jitter
        self.now = now
        machine = now
        serverClock = ServerClock(at: now, kept: options.login?.clock)
        tracking = TrackingSession(settings: options.tracking, jitter: jitter)
        delivery = Delivery(jitter: jitter)
        live = LiveFeed(interval: options.liveInterval)
        screen = .login(
            LoginScreen(
                server: options.server, email: options.email, password: options.password,
                serverOrigin: options.serverOrigin, notes: options.signInNotes))
    }

    /// Drawing is as of ``now``.
    mutating func handle(_ event: AppEvent, at now: Moment) -> [Effect] {
        machine = now
        self.now = now
        self.now.wall = serverClock.time(at: now)
        switch event {
        case .terminal(.resized(let width, let height)): size = (width, height)
        case .terminal(.closed), .terminate: leave(.exit(0))
        case .terminal(.key(let key)): press(key)
        case .listenerLost(let loss): listenerLost(loss)
        case .tick: tick()
        case .loginAnswered(let attempt, let result): loginAnswered(attempt: attempt, result)
        case .passwordAnswered(let attempt, let result): passwordAnswered(attempt: attempt, result)
        case .workAnswered(let number, .success(let answer)):
            heardTime(in: answer, to: number)
            track(.answered(number, answer))
        case .workAnswered(let number, .failure(let error)): track(.failed(number, error.failure))
        case .idleSampled(let result, let taken): idleSampled(result, taken: taken)
        case .captured(let outcome, let epoch, let queue): captured(outcome, epoch: epoch, queue: queue)
        case .delivered(let outcome, let epoch, let queue): delivered(outcome, epoch: epoch, queue: queue)
        case .heardTime(let sample, let server): heardTime(sample, of: server)
        case .queueChanged(let queue): told(queue)
        case .workNotKept(let error): note(.workNotKept("Work could not be kept: \(error)"))
        case .live(let event, let number): if number == linkNumber { heard(event) }
        case .liveFrame(let outcome, let round): watch(.frameEnded(round: round, outcome))
        }
        showOnlyWhatIsTracked()
        if !tracking.isTracking { question = nil }
        defer { effects = [] }
        return effects
    }

    private mutating func tick() {
        track(.tick)
        deliver(.tick)
        watch(.tick)
        if tracking.isTracking, samplingSince == nil {
            samplingSince = now.monotonic
            effects.append(.sampleIdle)
        }
        if tracking.isTracking, let work = tracking.work {
            effects.append(.stillWorking(machine, idleSeconds: work.idle(at: now)))
        }
        noticeSilentDisplay()
        if let nextLogin, now.monotonic >= nextLogin { logInHeadless() }
    }
}

// MARK: Tracking and delivery

extension AppModel {
    mutating func track(_ event: TrackingSession.Event) {
        for action in tracking.handle(event, at: now) {
            switch action {
            case .send(let request):
                if let account { effects.append(.send(request, account)) }
            case .capture:
                capturingSince = now.monotonic
                if let account { effects.append(.capture(account, epoch: epoch)) }
            case .keepSpan(let stretch):
                if let account { effects.append(.keepSpan(dated(stretch), account)) }
                deliver(.queued)
            case .keepWork(let work):
                if let account { effects.append(.keepWork(work.map { dated($0) }, account)) }
            case .putAllAside:
                if let account { effects.append(.putAllAside(account)) }
                deliver(.loginNeeded)
            case .note(let what):
                note(inWords(what))
                if what == .cameOnline { deliver(.retryNow) }
            case .left: left()
            }
        }
        keepInterval()
        askForLogin()
    }

    mutating func deliver(_ event: Delivery.Event) {
        if delivery.handle(event, at: now.monotonic), let account {
            effects.append(.deliver(account, epoch: epoch))
        }
        guard tracking.isDelivering != delivery.isSending else { return }
        tracking.isDelivering = delivery.isSending
        if tracking.isLeaving, !delivery.isSending { track(.tick) }
    }

    /// A display that hangs gives neither a picture nor an error.
    private mutating func noticeSilentDisplay() {
        guard tracking.isTracking, options.hasDisplay else { return }
        func isLate(_ since: Duration?) -> Bool { since.map { now.monotonic - $0 > Self.displayPatience } ?? false }
        let (isSampleLate, isCaptureLate) = (isLate(samplingSince), isLate(capturingSince))
        guard isSampleLate || isCaptureLate else { return }
        let isNew = idleTrouble != Self.silentDisplay && captureTrouble != Self.silentDisplay
        if isSampleLate { idleTrouble = Self.silentDisplay }
        if isCaptureLate { captureTrouble = Self.silentDisplay }
        if isNew { note(.screenLost(Self.silentDisplay)) }
    }

    private mutating func idleSampled(_ result: Result<Duration, CaptureError>, taken: Duration) {
        samplingSince = nil
        switch result {
        case .success(let idle):
            idleTrouble = nil
            track(.idleSampled(sinceInput: idle, taken: taken))
        case .failure(let error):
            let isNew = idleTrouble != error.description && captureTrouble != error.description
            idleTrouble = error.description
            if isNew { note(.screenLost(error.description)) }
        }
    }

    /// That the disk takes nothing more is said once.
    private mutating func told(_ queue: SpoolStatus) {
        if let trouble = queue.keepTrouble, self.queue?.keepTrouble == nil {
            note(.queueFailed("Work and captures cannot be kept on disk (\(trouble)): they are sent from memory."))
        }
        self.queue = queue
    }

    private mutating func captured(_ outcome: AppEvent.CaptureOutcome, epoch: Int, queue: SpoolStatus) {
        told(queue)
        guard epoch >= firstEpoch, tracking.isSignedIn else {
            // Its employee has left: the log tells of it, the screen is another's.
            record(Self.note(of: outcome))
            return
        }
        capturingSince = nil
        track(.captureEnded)
        switch outcome {
        case .queued(let capture):
            captureTrouble = nil
            lastCapture = capture
            note(Self.note(of: outcome), capture: capture.id)
            deliver(.queued)
        case .failed(let error):
            let isNew = captureTrouble != error.description && idleTrouble != error.description
            captureTrouble = error.description
            if isNew { note(Self.note(of: outcome)) }
        case .notKept:
            captureTrouble = nil
            note(Self.note(of: outcome))
        }
    }

    private static func note(of outcome: AppEvent.CaptureOutcome) -> Note {
        switch outcome {
        case .queued(let capture):
            .captured(
                width: capture.width, height: capture.height, bytes: capture.bytes, concealment: capture.concealment)
        case .failed(let error): .captureFailed(error.description)
        case .notKept(let error): .captureNotKept(error.description)
        }
    }

    private mutating func delivered(_ outcome: AppEvent.DeliveryOutcome, epoch: Int, queue: SpoolStatus) {
        told(queue)
        guard epoch >= firstEpoch else { return }
        tellHoldup(outcome)
        switch outcome {
        case .delivered(let id, let file):
            if lastCapture?.id == id { lastCapture?.result = .delivered }
            tellDelivery(of: id, as: file)
            track(.serverAnswered)
            deliver(.done)
        case .putAside(let id, let reason):
            if lastCapture?.id == id { lastCapture?.result = .putAside(reason: reason) }
            note(.putAside(reason))
            deliver(.done)
        case .workDelivered(let seconds, let refused, let reason):
            if seconds > 0 { note(.workDelivered(seconds: seconds)) }
            if refused > 0 { note(.workRefused(seconds: refused, reason: reason ?? "The server does not say why.")) }
            track(.serverAnswered)
            // The day's sums have grown.
            track(.askNow)
            deliver(.done)
        case .accountRemoved:
            track(.accountRemoved)
            deliver(.loginNeeded)
        case .nothing:
            deliver(.empty)
        case .postponed(_, let retryAfter):
            track(.serverFailed)
            deliver(.postponed(retryAfter: retryAfter))
        case .unanswered:
            track(.serverFailed)
            deliver(.postponed(retryAfter: nil))
        case .loginEnded where epoch != self.epoch, .passwordExpired where epoch != self.epoch:
            // That was the old token's; there is a new one by now.
            deliver(.postponed(retryAfter: nil))
        case .loginEnded:
            track(.loginEnded)
            deliver(.loginNeeded)
        case .passwordExpired:
            track(.passwordExpired)
            deliver(.loginNeeded)
        case .queueFailed(let error):
            note(.queueFailed(error.description))
            deliver(.postponed(retryAfter: nil))
        }
    }

    /// Why what waits stays in line stands on the screen, and is said when it changes.
    private mutating func tellHoldup(_ outcome: AppEvent.DeliveryOutcome) {
        let isOutage = tracking.outage != nil
        switch outcome {
        case .postponed(let reason, _):
            if holdup.stays(because: reason, isAnswer: true, isOutage: isOutage) { note(.deliveryWaits(reason)) }
        case .unanswered(let reason):
            if holdup.stays(because: reason, isAnswer: false, isOutage: isOutage) { note(.deliveryWaits(reason)) }
        case .queueFailed: break
        case .nothing: holdup.ended()
        default: holdup.moved()
        }
    }
}

// MARK: Leaving

extension AppModel {
    /// Stops the session first, and delivers what waits as far as there is time, which takes 2.5 seconds at most.
    mutating func leave(_ departure: Departure) {
        if self.departure == nil || self.departure == .logOut { self.departure = departure }
        guard tracking.isSignedIn else {
            left()
            return
        }
        guard !tracking.isLeaving else { return }
        closeLive()
        deliver(.retryNow)
        let margin: Duration = .milliseconds(10)
        effects.append(.tick(after: TrackingSession.leavingGrace + margin))
        effects.append(.tick(after: TrackingSession.leavingLimit + margin))
        track(.leave)
    }

    private mutating func left() {
        guard let departure else { return }
        self.departure = nil
        deliver(.signedOut)
        epoch += 1
        firstEpoch = epoch
        switch departure {
        case .exit(let code):
            if code == 0 { note(.left) }
            effects.append(.exit(code))
        case .logOut:
            if let account { effects.append(.logOut(account)) }
            screen = .login(LoginScreen(server: account?.server.text ?? options.server, email: account?.email ?? ""))
            account = nil
            overlay = nil
            lastCapture = nil
            holdup.ended()
            capturingSince = nil
            captureTrouble = nil
            idleTrouble = nil
            keptInterval = nil
            log = []
            reading = nil
        }
    }
}
