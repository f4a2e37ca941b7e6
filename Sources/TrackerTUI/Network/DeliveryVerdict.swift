import Shared

/// What an answer means for the item of the queue that was sent, and for those behind it. No answer to one item ever holds up
/// the others for good.
enum DeliveryVerdict: Sendable, Hashable {
    /// The server has it.
    case taken
    /// It will be refused whenever it is sent: it is put aside, and the next one goes.
    case aside
    /// It stays in line until the password has been typed again.
    case untilLogin
    /// It stays in line until the password has been changed.
    case untilPasswordChange
    /// It stays in line for a while: the answer says nothing of the item, or that it may be taken later.
    case later

    /// - Parameters:
    ///   - isOurs: the answer is JSON as this system's server writes it. A page of the network's or of a proxy's says nothing of
    ///     the item, but that it is too large.
    ///   - code: as far as this client knows it.
    init(status: Int, isOurs: Bool, code: APIError.Code?) {
        self =
            switch (status, isOurs, code) {
            case (200..<300, true, _): .taken
            case (401, true, _): .untilLogin
            case (403, true, .passwordChangeRequired): .untilPasswordChange
            case (401, false, _), (403, false, _), (404, false, _), (408, _, _), (425, _, _), (429, _, _): .later
            case (400..<500, _, _): .aside
            default: .later
            }
    }
}

extension TrackerAPIError {
    /// What it means for an item of the queue.
    var verdict: DeliveryVerdict {
        switch self {
        case .refused(let refusal): DeliveryVerdict(status: refusal.status, isOurs: true, code: refusal.code)
        case .notUnderstood(_, let status, _): DeliveryVerdict(status: status, isOurs: false, code: nil)
        case .unreachable, .notSent: .later
        }
    }

    /// Somebody has answered, the server or what is in front of it.
    var isAnswer: Bool {
        switch self {
        case .refused, .notUnderstood: true
        case .unreachable, .notSent: false
        }
    }

    /// What the answer asked for.
    var retryAfter: Duration? {
        switch self {
        case .refused(let refusal): refusal.retryAfter
        case .notUnderstood(_, _, let pause): pause
        case .unreachable, .notSent: nil
        }
    }
}
