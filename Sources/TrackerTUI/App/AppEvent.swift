import Capture
import FoundationEssentials
import Shared

/// What can happen to the client.
enum AppEvent: Sendable {
    case terminal(TerminalEvent)
    /// About once a second, and when a deadline asked for it.
    case tick
    /// SIGTERM or SIGHUP: it is stopped, and goes on with the next start.
    case terminate
    /// SIGINT: its user tells it to end.
    case interrupt
    /// Of a client without a screen.
    case listenerLost(ListenerLoss)
    case loginAnswered(attempt: Generation, Result<SignIn, TrackerAPIError>)
    case passwordAnswered(attempt: Generation, Result<SignIn, TrackerAPIError>)
    case workAnswered(number: Int, Result<TrackingSession.Answer, TrackerAPIError>)
    case idleSampled(Result<Duration, CaptureError>, taken: Duration)
    /// `epoch`: as of the effect that asked for it, see ``Login/epoch``.
    case captured(CaptureOutcome, epoch: Generation, queue: SpoolStatus)
    case delivered(DeliveryOutcome, epoch: Generation, queue: SpoolStatus)
    /// What an answer of that server says of its clock.
    case heardTime(ServerClock.Sample, BackendURL)
    case queueChanged(SpoolStatus)
    /// Work could not be kept, not even in memory: it is lost.
    case workNotKept(SpoolError)
    /// The newest looks, as asked for on that connection.
    case looksAnswered(Result<AuditPage, TrackerAPIError>, link: Generation)
    /// `link`: the connection that it happened on.
    case live(LiveEvent, link: Generation)
    case liveFrame(LiveFeed.Outcome, round: Generation)

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
