import FoundationEssentials
import Shared

/// What can happen to the client.
enum AppEvent: Sendable {
    case terminal(TerminalEvent)
    /// About once a second, and when a deadline asked for it.
    case tick
    /// SIGINT, SIGTERM or SIGHUP.
    case terminate
    /// Of a client without a screen.
    case listenerLost(ListenerLoss)
    case loginAnswered(attempt: Int, Result<SignIn, TrackerAPIError>)
    case passwordAnswered(attempt: Int, Result<SignIn, TrackerAPIError>)
    case workAnswered(number: Int, Result<TrackingSession.Answer, TrackerAPIError>)
    case idleSampled(Result<Duration, CaptureError>, taken: Duration)
    /// `epoch`: as of the effect that asked for it, see ``AppModel/epoch``.
    case captured(CaptureOutcome, epoch: Int, queue: SpoolStatus)
    case delivered(DeliveryOutcome, epoch: Int, queue: SpoolStatus)
    /// What an answer of that server says of its clock.
    case heardTime(ServerClock.Sample, BackendURL)
    case queueChanged(SpoolStatus)
    /// Work could not be kept, not even in memory: it is lost.
    case workNotKept(SpoolError)
    /// `link`: the number of the connection that it happened on.
    case live(LiveEvent, link: Int)
    case liveFrame(LiveFeed.Outcome, round: Int)

    /// What a login or a password change was answered with. The token itself stays with the ``EffectRunner``.
    struct SignIn: Sendable, Equatable {
        var role: Role
        var mustChangePassword: Bool
        var tokenLife: Duration
        /// As assigned last, if an earlier run of this program knew it.
        var interval: Int?
        /// Work of an earlier run that was under way when it ended.
        var work: KeptWork?
        var queue: SpoolStatus
        /// The login is an earlier run's; the server has not been asked.
        var isKept = false
    }

    enum CaptureOutcome: Sendable, Equatable {
        case queued(LastCapture)
        case failed(CaptureError)
        /// The capture could not be written to the queue.
        case notKept(SpoolError)
    }

    enum DeliveryOutcome: Sendable, Equatable {
        case delivered(UUID, file: String)
        case putAside(UUID, reason: String)
        /// Seconds that count, and those that do not, and why not.
        case workDelivered(seconds: Int, refused: Int, reason: String?)
        /// The queue holds nothing for this account.
        case nothing
        /// The answer leaves it in line.
        case postponed(reason: String, retryAfter: Duration?)
        /// It stays in line too.
        case unanswered(reason: String)
        case loginEnded
        case passwordExpired
        case accountRemoved
        case queueFailed(SpoolError)
    }
}

/// The capture that the screen shows as the last one.
struct LastCapture: Sendable, Hashable {
    enum Result: Sendable, Hashable {
        case queued, delivered
        case putAside(reason: String)
    }

    var id: UUID
    var at: Timestamp
    var width: Int
    var height: Int
    var bytes: Int
    var concealment: Concealment?
    var result: Result = .queued
}

/// What shall be done about it.
enum Effect: Sendable, Hashable {
    case logIn(attempt: Int, Account, password: String)
    /// Its answer is not wanted any more.
    case cancelLogIn
    case changePassword(attempt: Int, Account, current: String, new: String)
    case logOut(Account)
    /// With the token of an earlier run; answered as a login.
    case resume(attempt: Int, KeptLogin)
    case send(TrackingSession.Request, Account)
    case sampleIdle
    case capture(Account, epoch: Int)
    /// The oldest item in the queue.
    case deliver(Account, epoch: Int)
    /// Work to be delivered.
    case keepSpan(WorkStretch, Account)
    /// Work under way; nil: none is.
    case keepWork(KeptWork?, Account)
    /// Work goes on at this moment.
    case stillWorking(Moment, idleSeconds: Int)
    case keepInterval(Int?)
    /// What was dated by what was known before is dated by this.
    case dateBy(ServerClock)
    /// The account is gone: all that waits for it.
    case putAllAside(Account)
    /// In place of one that is open.
    case openLive(Account, link: Int)
    case closeLive
    /// One that shows nothing new is sent only if it must be.
    case sendFrame(Account, round: Int, mustSend: Bool)
    /// No frame that is being taken may go out any more.
    case stopFrames
    /// The employee ends live view.
    case terminateLive(Account)
    case record(LogEntry)
    /// A tick besides the regular ones.
    case tick(after: Duration)
    case suspend
    case exit(Int32)
}
