public import JSON

/// Every event of the Socket.IO interface, once.
public enum LiveEventName {
    public static let presenceList = "presence:list"
    public static let presenceOnline = "presence:online"
    public static let presenceOffline = "presence:offline"
    public static let intervalAssigned = "interval:assigned"
    public static let workElsewhere = "work:elsewhere"
    public static let workCorrection = "work:correction"
    public static let auditLooked = "audit:looked"
    public static let liveViewStart = "live_view:start"
    public static let liveViewStop = "live_view:stop"
    public static let liveViewInitiate = "live_view:initiate"
    public static let liveViewFrame = "live_view:frame"
    public static let liveViewTerminate = "live_view:terminate"
    public static let liveViewWatchers = "live_view:watchers"

    /// In bytes; no name is longer.
    public static let longest = 64
}

/// What a socket says of itself when it connects.
public struct LiveCredentials: JSONRepresentable, Hashable {
    public var token: String
    /// What the machine is called that it runs on, for those who watch an employee with several clients.
    public var host: String?

    /// The message of the refusal when there is no such token, or it is not valid.
    public static let refusal = "Unauthorized"
    /// The longest ``host``, in characters; it has no control characters either.
    public static let longestHost = 100

    public init(token: String, host: String? = nil) {
        self.token = token
        self.host = host
    }

    public var json: JSONValue {
        var object = JSONObject([("token", .string(token))])
        object["host"] = host.map { .string($0) }
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(token: try JSONFields(json).text("token"), host: try Self.host(of: json))
    }

    /// The host in a payload; nil where there is none.
    public static func host(of payload: JSONValue) throws(JSONFieldError) -> String? {
        guard let value = payload.object?["host"], value != .null else { return nil }
        guard let text = value.text, text.unicodeScalars.count <= longestHost,
            !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw JSONFieldError(
                field: "host", expected: "a text of at most \(longestHost) characters without control characters")
        }
        return text.isEmpty ? nil : text
    }
}

/// `presence:list`: the employees who are online, to a manager who connects; also `GET /api/presence`.
public struct PresenceList: JSONRepresentable, Hashable {
    public var users: [String]

    public init(users: [String]) {
        self.users = users
    }

    public var json: JSONValue { .object(["users": .array(users.map { .string($0) })]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(users: try JSONFields(json).texts("users"))
    }
}

/// `presence:online` and `presence:offline`, to all managers.
public struct PresenceChange: JSONRepresentable, Hashable {
    public var userID: String

    public init(userID: String) {
        self.userID = userID
    }

    public var json: JSONValue { .object(["userId": .string(userID)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(userID: try JSONFields(json).text("userId"))
    }
}

/// `interval:assigned`, to the employee it is assigned to, or taken away from.
public struct IntervalAssigned: JSONRepresentable, Hashable {
    public var employeeID: String
    public var interval: CaptureInterval

    public init(employeeID: String, interval: CaptureInterval) {
        self.employeeID = employeeID
        self.interval = interval
    }

    public var json: JSONValue {
        var object = JSONObject([("employeeId", .string(employeeID))])
        switch interval {
        case .seconds(let seconds): object[JSONString(CaptureInterval.key)] = .number(seconds)
        case .unassigned: object[JSONString(CaptureInterval.key)] = .null
        case .unstated: break
        }
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(employeeID: try fields.text("employeeId"), interval: try CaptureInterval(fields))
    }
}

/// `live_view:start` and `live_view:stop`: whom a manager begins or ceases to watch.
public struct LiveViewTarget: JSONRepresentable, Hashable {
    public var employeeID: String

    public init(employeeID: String) {
        self.employeeID = employeeID
    }

    public var json: JSONValue { .object(["employeeId": .string(employeeID)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(employeeID: try JSONFields(json).text("employeeId"))
    }
}

/// `live_view:initiate`: who watches from now on, to the employee.
public struct LiveViewInitiate: JSONRepresentable, Hashable {
    public var by: String

    public init(by: String) {
        self.by = by
    }

    public var json: JSONValue { .object(["by": .string(by)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(by: try JSONFields(json).text("by"))
    }
}

/// `live_view:frame`: one picture, from the employee through the server to all who watch. The server changes nothing but an
/// `employeeId` that is spelled otherwise than the account.
public struct LiveViewFrame: JSONRepresentable, Hashable {
    /// No side is longer, in pixels.
    public static let largestWidth = 960
    public static let largestHeight = 540
    /// Bytes of an image. In base64, with what is around it, a packet stays below the 1,000,000 bytes that a server takes.
    public static let largestImage = 720_000

    public var employeeID: String
    /// The image, a PNG.
    public var frameBase64: String
    /// When the screen looked like this.
    public var ts: Timestamp

    public init(employeeID: String, frameBase64: String, ts: Timestamp) {
        self.employeeID = employeeID
        self.frameBase64 = frameBase64
        self.ts = ts
    }

    public var json: JSONValue {
        .object([
            "employeeId": .string(employeeID), "frameBase64": .string(frameBase64), "ts": .string(ts.iso8601),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            employeeID: try fields.text("employeeId"), frameBase64: try fields.text("frameBase64"),
            ts: try fields.timestamp("ts"))
    }
}

/// Who watches: `live_view:watchers`, to an employee whom others go on watching when one who watched has left, since
/// `live_view:terminate` comes only with the last; clients that do not know it lose nothing. Also the acknowledgement of an
/// employee's `live_view:frame` and `live_view:terminate`, if one is asked for.
public struct LiveViewWatchers: JSONRepresentable, Hashable {
    /// In alphabetical order, each once.
    public var watchers: [String]

    public init(watchers: [String]) {
        self.watchers = watchers
    }

    public var json: JSONValue { .object(["watchers": .array(watchers.map { .string($0) })]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(watchers: try JSONFields(json).texts("watchers"))
    }
}

/// `live_view:terminate`: to the employee when nobody watches any more, and from the employee, through the server, to all
/// who watch. What an employee sends ends live view whatever its payload is.
public struct LiveViewTerminate: JSONRepresentable, Hashable {
    /// Who ended it.
    public var by: String
    public var reason: String?

    /// The reason when the employee went away.
    public static let offline = "offline"

    public init(by: String, reason: String? = nil) {
        self.by = by
        self.reason = reason
    }

    public var json: JSONValue {
        var object = JSONObject([("by", .string(by))])
        object["reason"] = reason.map { .string($0) }
        return .object(object)
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(by: try fields.text("by"), reason: try fields.optionalText("reason"))
    }
}
