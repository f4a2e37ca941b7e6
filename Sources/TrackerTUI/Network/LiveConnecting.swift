import JSON
import Shared

/// The connection over which the server speaks unasked. It exists from when it is made until ``close()``, and an employee is
/// online as long as it is up, so it does all by itself: it connects at once, and again after it broke or was refused, with
/// growing, jittered pauses, each time with the token that ``LiveTokens`` gives just then.
protocol LiveConnecting: Sendable {
    /// What happens, in order, for one reader. Ends after ``close()``.
    var events: AsyncStream<LiveEvent> { get }

    /// Returns when the message has been written, or cannot be: there is never a queue of messages.
    ///
    /// - Returns: false when it was not sent, because there is no connection or it broke.
    func send(_ message: LiveMessage) async -> Bool

    /// Says good-bye to the server and returns when the connection is closed, also when it was just being made. Nothing is
    /// told after it.
    func close() async
}

/// The token of whoever is signed in, as it is at the moment of the call; nil after a logout.
typealias LiveTokens = @Sendable () async -> String?

/// Makes the connection to a server.
typealias MakeLiveConnection = @Sendable (BackendURL, @escaping LiveTokens) -> any LiveConnecting

/// What the connection tells.
enum LiveEvent: Sendable, Hashable {
    /// The server has accepted the token.
    case connected
    /// The connection broke or could not be made; it is tried again. Attempts that fail after that are not told.
    case disconnected(reason: String)
    /// The server did not accept the token; it is tried again.
    case refused(message: String)
    case intervalAssigned(IntervalAssigned)
    case workElsewhere(WorkElsewhere)
    /// A correction was made, or revoked.
    case corrected(Correction)
    /// Somebody looks at the employee's captures or screen, or has ceased to.
    case looked(AuditRow)
    case liveViewInitiated(LiveViewInitiate)
    case liveViewTerminated(LiveViewTerminate)
    /// Somebody has left, and these go on watching.
    case liveViewWatched(LiveViewWatchers)
    /// The server has got a message and tells who watched then; what it had told before has been told by now.
    case heard(LiveMessage.Kind, LiveViewWatchers)
}

/// What the employee's client sends.
enum LiveMessage: Sendable, Hashable {
    /// By the name of the event.
    enum Kind: String, Sendable {
        case frame = "live_view:frame"
        case terminate = "live_view:terminate"
    }

    case frame(LiveViewFrame)
    case terminate(LiveViewTerminate)

    var kind: Kind {
        switch self {
        case .frame: .frame
        case .terminate: .terminate
        }
    }

    var payload: JSONValue {
        switch self {
        case .frame(let frame): frame.json
        case .terminate(let end): end.json
        }
    }
}

extension LiveEvent {
    /// People watching live who are told apart.
    static let mostWatchers = 100
    /// Bytes of a name: an account's id has at most 254 characters.
    static let longestName = 254 * 4

    /// An event of the server's; nil for one that this client does not know.
    ///
    /// - Throws: when the payload is not what the event's name promises.
    static func received(_ name: String, _ payload: JSONValue) throws(JSONFieldError) -> LiveEvent? {
        switch name {
        case LiveEventName.intervalAssigned: return .intervalAssigned(try IntervalAssigned(json: payload))
        case LiveEventName.workElsewhere: return .workElsewhere(try WorkElsewhere(json: payload))
        case LiveEventName.workCorrection:
            let correction = try CorrectionResponse(json: payload).correction
            try check([correction.by, correction.revokedBy ?? ""])
            return .corrected(correction)
        case LiveEventName.auditLooked:
            let row = try AuditRow(json: payload)
            try check([row.who ?? ""])
            return .looked(row)
        case LiveEventName.liveViewInitiate:
            let start = try LiveViewInitiate(json: payload)
            try check([start.by])
            return .liveViewInitiated(start)
        case LiveEventName.liveViewTerminate:
            let end = try LiveViewTerminate(json: payload)
            try check([end.by])
            return .liveViewTerminated(end)
        case LiveEventName.liveViewWatchers: return .liveViewWatched(try watchers(in: payload))
        default: return nil
        }
    }

    /// As many as are told apart.
    static func watchers(in payload: JSONValue) throws(JSONFieldError) -> LiveViewWatchers {
        let all = try LiveViewWatchers(json: payload).watchers.prefix(mostWatchers)
        try check(all)
        return LiveViewWatchers(watchers: Array(all))
    }

    private static func check(_ names: some Sequence<String>) throws(JSONFieldError) {
        guard names.allSatisfy({ $0.utf8.count <= longestName }) else {
            throw JSONFieldError(field: nil, expected: "of people whose ids have at most 254 characters")
        }
    }
}
