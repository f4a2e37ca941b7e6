public import JSON

/// What a line of the audit tells of. The raw values are names that programs rely on.
public enum AuditKind: String, Sendable, Hashable, CaseIterable {
    case login
    case loginRefused = "login_refused"
    case passwordChanged = "password_changed"
    case passwordReset = "password_reset"
    case accountAdded = "account_added"
    case accountRemoved = "account_removed"
    case accountChanged = "account_changed"
    case organizationSaved = "organization_saved"
    case intervalAssigned = "interval_assigned"
    case intervalRemoved = "interval_removed"
    case correctionMade = "correction_made"
    case correctionRevoked = "correction_revoked"
    case keyMade = "key_made"
    case keyRemoved = "key_removed"
    case secondFactorSet = "second_factor_set"
    case secondFactorRemoved = "second_factor_removed"
    case tokensEnded = "tokens_ended"
    case imageViewed = "image_viewed"
    case captureDeleted = "capture_deleted"
    case thumbnailsViewed = "thumbnails_viewed"
    case liveBegun = "live_begun"
    case liveEnded = "live_ended"
    case exported
    case erased
    case retention
    case serverStarted = "server_started"

    /// What a watched person is told of: who looked, who deleted a capture, who changed the interval or the hours, and who
    /// could have come in.
    public static let ofEmployees: [AuditKind] = [
        .imageViewed, .thumbnailsViewed, .liveBegun, .liveEnded, .intervalAssigned, .intervalRemoved, .correctionMade,
        .correctionRevoked, .captureDeleted, .passwordReset, .tokensEnded,
    ]
    /// Those of them that are looks at a screen.
    public static let looks: [AuditKind] = [.imageViewed, .thumbnailsViewed, .liveBegun, .liveEnded]
}

/// Something that somebody did, or looked at.
public struct AuditEntry: Sendable, Hashable {
    public var at: Timestamp
    /// The account that did it, as it is spelled; nil where the server did it by itself, and where nobody has proved who it was.
    public var who: String?
    /// From which IP address; nil where it was done on the server's own machine, without a connection.
    public var address: String?
    public var what: AuditKind
    /// The account that it concerns; nil where it concerns none.
    public var about: String?
    /// What else there is to say, by names that depend on ``what``. Never a password, a token, a key or a picture.
    public var detail: JSONObject?

    public init(
        at: Timestamp, who: String?, address: String?, what: AuditKind, about: String?, detail: JSONObject? = nil
    ) {
        self.at = at
        self.who = who
        self.address = address
        self.what = what
        self.about = about
        self.detail = detail
    }
}

/// What the audit tells an employee of itself: a row of `GET /api/audit/me`. Also the live event `audit:looked`, to the employee's
/// sockets at each look at captures; of live view they hear otherwise.
public struct AuditRow: JSONRepresentable, Hashable {
    public var number: Int
    public var at: Timestamp
    /// The account that did it; nil where the server did it by itself.
    public var who: String?
    /// The raw value of an ``AuditKind``; a server of another version may have others.
    public var what: String
    public var about: String?
    public var detail: JSONObject?

    public init(
        number: Int, at: Timestamp, who: String?, what: String, about: String?, detail: JSONObject? = nil
    ) {
        self.number = number
        self.at = at
        self.who = who
        self.what = what
        self.about = about
        self.detail = detail
    }

    public var json: JSONValue {
        .object([
            "n": .number(number), "at": .string(at.iso8601), "who": .optional(who), "what": .string(what),
            "about": .optional(about), "detail": detail.map { .object($0) } ?? .null,
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            number: try fields.integer("n"), at: try fields.timestamp("at"), who: try fields.optionalText("who"),
            what: try fields.text("what"), about: try fields.optionalText("about"), detail: fields["detail"]?.object)
    }
}
