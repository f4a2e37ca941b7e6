import FoundationEssentials
import JSON
import Shared

/// When something happened, in words that stay true however clocks are set afterwards: ``ServerClock`` dates it, now or when
/// more is known.
struct WorkInstant: Sendable, Hashable {
    /// The boot clock's reading, and of which start of the machine; nil where it was not noted.
    var bootID: UUID?
    var boot: Duration
    /// What this machine's wall clock showed.
    var wall: Timestamp
    /// The server's time, where it is known: the server named it, or its clock was known at the time.
    var told: Timestamp?

    init(_ moment: Moment, told: Timestamp? = nil) {
        (bootID, boot, wall) = (moment.bootID, moment.boot, moment.wall)
        self.told = told
    }

    /// What an earlier version noted: a wall clock's time alone.
    init(wall: Timestamp) {
        self.wall = wall
        boot = .zero
    }

    /// The same, so much earlier or later.
    func moved(by duration: Duration) -> WorkInstant {
        var other = self
        other.boot += duration
        other.wall = wall.adding(milliseconds: duration.wholeMilliseconds)
        other.told = told?.adding(milliseconds: duration.wholeMilliseconds)
        return other
    }
}

extension WorkInstant: JSONRepresentable {
    /// Thirty years in milliseconds: no machine runs longer.
    static let boots = 0...1_000_000_000_000

    var json: JSONValue {
        var object = JSONObject([("wall", .string(wall.iso8601))])
        if let bootID {
            object["bootId"] = bootID.json
            object["bootMilliseconds"] = .number(Int(boot.wholeMilliseconds))
        }
        object["serverTime"] = told.map { .string($0.iso8601) }
        return .object(object)
    }

    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(wall: try fields.timestamp("wall"))
        told = try fields.optionalTimestamp("serverTime")
        guard let bootID = try fields.optionalUUID("bootId") else { return }
        let milliseconds = try fields.integer("bootMilliseconds")
        guard Self.boots.contains(milliseconds) else {
            throw JSONFieldError(field: "bootMilliseconds", expected: "from 0 to \(Self.boots.upperBound)")
        }
        self.bootID = bootID
        boot = .milliseconds(milliseconds)
    }
}
