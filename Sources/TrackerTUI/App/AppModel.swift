import Shared

// App: what the client is at any moment. AppModel decides in values what follows from an event, EffectRunner does it, and
// Application is the loop between them.

/// Which screen is shown with which content, the tracking beneath it, and what was said so far.
struct AppModel: Sendable {
    /// What follows when the session has been stopped.
    enum Departure: Sendable, Hashable {
        case logOut
        /// Its user is done with it: it logs out and ends.
        case quit
        /// It ends, and whoever is signed in stays so.
        case exit(Int32)
    }

    let options: Options
    let jitter: @Sendable () -> Double
    var clocks: ClientClocks
    var effects: [Effect] = []

    var size = (width: 80, height: 24)
    var screen: AnyScreen
    /// Lies over it.
    var overlay: AnyScreen?
    var question: Question?
    var messages = Messages()

    /// Who is signed in, or about to be.
    var account: Account?
    var login: Login
    /// When the program started; nil once somebody has signed in.
    var launch: Moment?
    var departure: Departure?
    /// What became of whoever reads a headless client's lines.
    var listenerLoss: ListenerLoss?

    var tracking: TrackingSession
    /// The assigned interval as the disk has it.
    var keptInterval: Int?
    var display = DisplayHealth()
    var lastCapture: LastCapture?
    var delivery: Delivery
    var queue: SpoolStatus?
    var holdup = Holdup()
    var link = LiveLink()
    var live: LiveFeed
    /// Who looked.
    var looks = Looks()

    init(options: Options, at now: Moment, jitter: @escaping @Sendable () -> Double) {
        self.options = options
        self.jitter = jitter
        clocks = ClientClocks(at: now, kept: options.login?.clock)
        screen = .login(
            LoginScreen(
                server: options.server, email: options.email, password: options.password,
                serverOrigin: options.serverOrigin, notes: options.signInNotes))
        login = Login(isHeadless: options.isHeadless)
        tracking = TrackingSession(settings: options.tracking, jitter: jitter)
        delivery = Delivery(jitter: jitter)
        live = LiveFeed(interval: options.liveInterval)
    }

    /// The time of the last event, by the server's wall clock: what is drawn is as of then.
    var now: Moment { clocks.now }

    mutating func handle(_ event: AppEvent, at now: Moment) -> [Effect] {
        clocks.pass(to: now)
        switch event {
        case .terminal(.resized(let width, let height)): size = (width, height)
        case .terminal(.closed), .terminate: leave(.exit(0))
        case .interrupt: leave(.quit)
        case .terminal(.key(let key)): press(key)
        case .listenerLost(let loss): listenerLost(loss)
        case .tick: tick()
        case .loginAnswered(let attempt, let result): loginAnswered(attempt: attempt, result)
        case .passwordAnswered(let attempt, let result): passwordAnswered(attempt: attempt, result)
        case .workAnswered(let number, let result): workAnswered(number, result)
        case .idleSampled(let result, let taken): idleSampled(result, taken: taken)
        case .captured(let outcome, let epoch, let queue): captured(outcome, epoch: epoch, queue: queue)
        case .delivered(let outcome, let epoch, let queue): delivered(outcome, epoch: epoch, queue: queue)
        case .heardTime(let sample, let server): heardTime(sample, of: server)
        case .queueChanged(let queue): told(queue)
        case .workNotKept(let error): note(.workNotKept("Work could not be kept: \(error)"))
        case .live(let event, let link): if link == self.link.generation { heard(event) }
        case .looksAnswered(let result, let link): if link == self.link.generation { looksAnswered(result) }
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
        askForIdleTime()
        if tracking.isTracking, let work = tracking.work {
            effects.append(.stillWorking(clocks.machine, idleSeconds: work.idle(at: now)))
        }
        noticeSilentDisplay()
        if login.isDue(at: now.monotonic) { logInHeadless() }
    }
}
