public import JSON

/// Minutes that a manager has added to an employee's day or taken off it. The hours themselves stay as they are; it stands
/// beside them, with a reason, for the employee to see.
public struct Correction: JSONRepresentable, Hashable {
    /// A UUID in lower case.
    public var id: String
    public var employeeID: String
    public var date: CivilDate
    /// Negative where time is taken off.
    public var minutes: Int
    public var reason: String
    /// The manager.
    public var by: String
    public var createdAt: Timestamp
    /// When it ceased to count; nil while it counts.
    public var revokedAt: Timestamp?
    public var revokedBy: String?

    /// How much time one may add or take off, in minutes: a day's.
    public static let largest = 1440
    /// Minutes that are read, in files and from a server: a year's, so that sums of what others have written stay numbers.
    public static let readable = -527_040...527_040
    /// The characters of a reason.
    public static let reasonLengths = 1...500
    /// How many days back one may be about.
    public static let oldestDay = 400

    public init(
        id: String, employeeID: String, date: CivilDate, minutes: Int, reason: String, by: String,
        createdAt: Timestamp, revokedAt: Timestamp? = nil, revokedBy: String? = nil
    ) {
        self.id = id
        self.employeeID = employeeID
        self.date = date
        self.minutes = minutes
        self.reason = reason
        self.by = by
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.revokedBy = revokedBy
    }

    public var seconds: Int { minutes * 60 }
    /// False once it was revoked.
    public var counts: Bool { revokedAt == nil }

    public var json: JSONValue {
        .object([
            "id": .string(id), "employeeId": .string(employeeID), "date": .string(date.iso8601),
            "minutes": .number(minutes), "reason": .string(reason), "by": .string(by),
            "createdAt": .string(createdAt.iso8601), "revokedAt": .optional(revokedAt?.iso8601),
            "revokedBy": .optional(revokedBy),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        let minutes = try fields.integer("minutes")
        guard Self.readable.contains(minutes) else {
            throw JSONFieldError(field: "minutes", expected: "a year's at most")
        }
        self.init(
            id: try fields.text("id"), employeeID: try fields.text("employeeId"), date: try fields.day("date"),
            minutes: minutes, reason: try fields.text("reason"), by: try fields.text("by"),
            createdAt: try fields.timestamp("createdAt"), revokedAt: try fields.optionalTimestamp("revokedAt"),
            revokedBy: try fields.optionalText("revokedBy"))
    }
}

/// `POST /api/work/corrections`.
public struct CorrectionRequest: JSONRepresentable, Hashable {
    public var employeeID: String
    public var date: CivilDate
    public var minutes: Int
    /// Without white space around it.
    public var reason: String

    public init(employeeID: String, date: CivilDate, minutes: Int, reason: String) {
        self.employeeID = employeeID
        self.date = date
        self.minutes = minutes
        self.reason = reason
    }

    public var json: JSONValue {
        .object([
            "employeeId": .string(employeeID), "date": .string(date.iso8601), "minutes": .number(minutes),
            "reason": .string(reason),
        ])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        let employeeID = try fields.text("employeeId")
        let date = try fields.day("date")
        let (minutes, largest) = (try fields.integer("minutes"), Correction.largest)
        guard minutes != 0, (-largest...largest).contains(minutes) else {
            throw JSONFieldError(
                field: "minutes", expected: "a whole number from -\(largest) to \(largest), and not 0")
        }
        let reason = try fields.text("reason").trimmingWhiteSpace
        let lengths = Correction.reasonLengths
        guard lengths.contains(reason.unicodeScalars.count),
            !reason.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw JSONFieldError(
                field: "reason",
                expected: "a text of \(lengths.lowerBound) to \(lengths.upperBound) characters without control "
                    + "characters")
        }
        self.init(employeeID: employeeID, date: date, minutes: minutes, reason: reason)
    }
}

/// `{correction}`: the answer of `POST /api/work/corrections`; also the live event `work:correction`, to the employee's
/// sockets when one was made or revoked.
public struct CorrectionResponse: JSONRepresentable, Hashable {
    public var correction: Correction

    public init(correction: Correction) {
        self.correction = correction
    }

    public var json: JSONValue { .object(["correction": correction.json]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(correction: try Correction(json: try JSONFields(json)["correction"] ?? .null))
    }
}
