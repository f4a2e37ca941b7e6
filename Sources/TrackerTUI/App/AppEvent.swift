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
    /// `link`: the number of the connection that it happened on.
    case live(LiveEvent, link: Int)
    case liveFrame(LiveView.Outcome, round: Int)

    /// What a login or a password change was answered with. The token itself stays with the ``EffectRunner``.
    struct SignIn: Sendable, Equatable {
        var role: Role
        var mustChangePassword: Bool
        var tokenLife: Duration
        /// Idle seconds that an earlier run of this program could not deliver.
        var carriedIdle: Int
        var queue: SpoolStatus
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
        /// The queue holds nothing for this account.
        case nothing
        case postponed(reason: String, retryAfter: Duration?)
        case loginEnded
        case passwordExpired
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
    case send(TrackingSession.Request, Account)
    case sampleIdle
    case capture(Account, epoch: Int)
    /// The oldest capture in the queue.
    case deliver(Account, epoch: Int)
    case keepIdle(seconds: Int, Account)
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
