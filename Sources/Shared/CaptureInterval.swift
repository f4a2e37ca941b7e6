public import JSON

/// How often an employee's screen is captured: what managers may assign, and how messages say it.
public enum CaptureInterval: Sendable, Hashable {
    /// In seconds, or ``hoursOnly``.
    case seconds(Int)
    /// `null`: none is assigned.
    case unassigned
    /// The key is missing: the client's own default counts.
    case unstated

    /// In whole minutes.
    public static let minutes = 2...20
    /// In place of seconds: hours are tracked, nothing is captured.
    public static let hoursOnly = 0

    public static let rule =
        "a whole number from \(minutes.lowerBound) to \(minutes.upperBound), or \(hoursOnly) for hours without captures"

    public static func mayBeAssigned(minutes: Int) -> Bool {
        minutes == hoursOnly || Self.minutes.contains(minutes)
    }

    /// The member ``key`` of a message.
    public init(_ fields: JSONFields) throws(JSONFieldError) {
        if let seconds = try fields.optionalInteger(Self.key) {
            self = .seconds(seconds)
        } else {
            self = fields.has(Self.key) ? .unassigned : .unstated
        }
    }

    public static let key = "intervalSeconds"

    /// Nil when none is assigned.
    public func seconds(default standard: Int) -> Int? {
        switch self {
        case .seconds(let seconds): seconds
        case .unassigned: nil
        case .unstated: standard
        }
    }
}
