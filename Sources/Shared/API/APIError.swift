public import JSON

/// The answer to a request that was not carried out: `{"error": message, "code": code}`.
public struct APIError: Error, Sendable, Hashable {
    public var code: Code
    /// A sentence for a person.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The stable names that programs may rely on.
    public enum Code: String, Sendable, Hashable, CaseIterable {
        case accountRemoved = "account_removed"
        case badRequest = "bad_request"
        case busy
        case conflict
        case forbidden
        case `internal`
        case invalidCredentials = "invalid_credentials"
        case invalidField = "invalid_field"
        case invalidJSON = "invalid_json"
        case invalidToken = "invalid_token"
        case methodNotAllowed = "method_not_allowed"
        case noActiveSession = "no_active_session"
        case noFrame = "no_frame"
        case notAcceptable = "not_acceptable"
        case notFound = "not_found"
        case passwordChangeRequired = "password_change_required"
        case payloadTooLarge = "payload_too_large"
        case rangeNotSatisfiable = "range_not_satisfiable"
        case requestTimeout = "request_timeout"
        case secondFactorRequired = "second_factor_required"
        case secondFactorSetupRequired = "second_factor_setup_required"
        case storageFull = "storage_full"
        case storageUnavailable = "storage_unavailable"
        case tooManyAttempts = "too_many_attempts"
        case tooManyUploads = "too_many_uploads"
        case trackedElsewhere = "tracked_elsewhere"
        case unauthorized
        case unsupportedMediaType = "unsupported_media_type"

        /// The one table from code to HTTP status.
        public var status: Int {
            switch self {
            case .badRequest, .invalidField, .invalidJSON: 400
            case .unauthorized, .invalidToken, .accountRemoved, .invalidCredentials, .secondFactorRequired: 401
            case .forbidden, .passwordChangeRequired, .secondFactorSetupRequired: 403
            case .notFound, .noActiveSession: 404
            case .methodNotAllowed: 405
            case .notAcceptable: 406
            case .requestTimeout: 408
            case .conflict, .trackedElsewhere: 409
            case .payloadTooLarge: 413
            case .unsupportedMediaType: 415
            case .rangeNotSatisfiable: 416
            case .tooManyAttempts, .tooManyUploads: 429
            case .internal: 500
            case .busy, .storageUnavailable: 503
            case .noFrame: 504
            case .storageFull: 507
            }
        }
    }

    public static let unauthorized = APIError(.unauthorized, "Unauthorized")
    public static let invalidToken = APIError(.invalidToken, "Invalid token")
    /// The token is of an account that is gone. People read of it what they read of any other token that does not work.
    public static let accountRemoved = APIError(.accountRemoved, invalidToken.message)
    public static let invalidCredentials = APIError(.invalidCredentials, "Invalid credentials")
    /// Of a second factor.
    public static let wrongCode = APIError(.invalidCredentials, "Invalid code")
    public static let secondFactorRequired = APIError(
        .secondFactorRequired,
        "This account has a second factor: send the code of its app, or a recovery code, as \"code\".")
    public static let forbidden = APIError(.forbidden, "Forbidden")
    public static let noActiveSession = APIError(.noActiveSession, "No active session")

    public var json: JSONValue {
        .object(["error": .string(message), "code": .string(code.rawValue)])
    }
}
