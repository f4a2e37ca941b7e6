import FoundationEssentials
import Shared

// Network: what the client asks of the server. TrackerAPI is the role; TrackerClient plays it over HTTP.

/// Is told what the server's answers say of its clock.
typealias HeardTime = @Sendable (ServerClock.Sample) -> Void

/// The part of the server's interface that an employee's client needs.
protocol TrackerAPI: Sendable {
    func logIn(email: String, password: String) async throws(TrackerAPIError) -> LoginResponse
    func logOut(token: String) async throws(TrackerAPIError)
    func refresh(token: String) async throws(TrackerAPIError) -> LoginResponse
    /// Nil from a server of an earlier version, which has none.
    func queueKey(token: String) async throws(TrackerAPIError) -> QueueKeyResponse?
    func changePassword(_ change: PasswordChangeRequest, token: String) async throws(TrackerAPIError) -> LoginResponse

    /// `isNew` is false when the session was open already.
    func startWork(_ start: StartRequest, token: String) async throws(TrackerAPIError)
        -> (session: WorkSession, isNew: Bool)
    func heartbeat(_ beat: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> HeartbeatResponse
    func stopWork(_ stop: HeartbeatRequest, token: String) async throws(TrackerAPIError) -> WorkSession
    /// Work of which the server was not told while it was done.
    func deliver(_ spans: WorkSpansRequest, token: String) async throws(TrackerAPIError) -> WorkSpansResponse
    func workDay(token: String) async throws(TrackerAPIError) -> WorkDayResponse
    /// Seconds; nil when none is assigned.
    func captureInterval(defaultSeconds: Int, token: String) async throws(TrackerAPIError) -> Int?

    /// Who looked, and who changed hours: a page, the newest first.
    /// - Parameter path: of the page before, see ``AuditPage/next``; of the first one `/api/audit/me` with its query.
    func whoLooked(_ path: String, token: String) async throws(TrackerAPIError) -> AuditPage

    /// - Parameter key: the same for every attempt to deliver this image.
    func upload(png: [UInt8], capturedAt: Timestamp, key: UUID, token: String) async throws(TrackerAPIError)
        -> UploadResponse
}

/// A part of what the audit tells the employee.
struct AuditPage: Sendable, Hashable {
    var rows: [AuditRow]
    /// Where there is more; nil at the end.
    var next: String?
}

/// Why a request brought no answer that can be used. Texts are sentences for a person and hold no secrets.
enum TrackerAPIError: Error, Sendable, Hashable {
    case refused(Refusal)
    case unreachable(String)
    /// What answered is not this system's server, or not as it should. It may ask for a pause all the same.
    case notUnderstood(String, status: Int, retryAfter: Duration? = nil)
    /// Nothing was sent: it would not be safe.
    case notSent(String)

    struct Refusal: Sendable, Hashable {
        var status: Int
        /// Nil when the client does not know the server's code.
        var code: APIError.Code?
        var message: String
        /// What the server asked for.
        var retryAfter: Duration?
        /// The machine that tracks instead, with the code ``APIError/Code/trackedElsewhere``, if it is known.
        var host: String?
    }

    /// The answer has a code of this system's.
    var isThisSystems: Bool {
        if case .refused(let refusal) = self { refusal.code != nil } else { false }
    }

    var message: String {
        switch self {
        case .refused(let refusal): refusal.message
        case .unreachable(let reason), .notUnderstood(let reason, _, _), .notSent(let reason): reason
        }
    }
}

extension TrackerAPIError {
    /// What the error means for a request of the tracking session.
    var failure: TrackingSession.Failure {
        switch self {
        case .unreachable(let reason): .unreachable(reason)
        case .notUnderstood(let reason, _, let retryAfter): .tryLater(reason, retryAfter: retryAfter)
        case .notSent(let reason): .refused(reason)
        case .refused(let refusal):
            switch (refusal.status, refusal.code) {
            case (401, .accountRemoved): .accountRemoved
            case (401, _): .loginEnded
            case (403, .passwordChangeRequired): .passwordExpired
            case (404, .noActiveSession): .noActiveSession
            case (409, .trackedElsewhere): .trackedElsewhere(host: refusal.host)
            case (408, _), (425, _), (429, _), (500..., _): .tryLater(refusal.message, retryAfter: refusal.retryAfter)
            default: .refused(refusal.message)
            }
        }
    }
}
