public import JSON

/// `GET /api/capture-interval`: nil when none is assigned, ``CaptureInterval/hoursOnly`` when nothing is captured.
public struct CaptureIntervalResponse: JSONRepresentable, Hashable {
    public var intervalSeconds: Int?

    public init(intervalSeconds: Int?) {
        self.intervalSeconds = intervalSeconds
    }

    public var json: JSONValue {
        .object(["assigned": .bool(intervalSeconds != nil), "intervalSeconds": .optional(intervalSeconds)])
    }

    public init(json: JSONValue) throws(JSONFieldError) {
        self.init(intervalSeconds: try JSONFields(json).optionalInteger(CaptureInterval.key))
    }

    /// Reads an assignment without a value (`assigned: true` alone) as `defaultSeconds`.
    public init(json: JSONValue, defaultSeconds: Int) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        let isAssigned = try fields.flag("assigned")
        self.init(intervalSeconds: try CaptureInterval(fields).seconds(default: defaultSeconds))
        if !isAssigned, !fields.has(CaptureInterval.key) { intervalSeconds = nil }
    }
}

/// `GET /api/capture-intervals`: everybody's who has one, in the order of the data file.
public struct CaptureIntervalsResponse: JSONEncodable {
    /// By the employee's id, in seconds.
    public var intervals: [(employeeID: String, seconds: Int)]

    public init(intervals: [(employeeID: String, seconds: Int)]) {
        self.intervals = intervals
    }

    public var json: JSONValue {
        let members = intervals.map { (JSONString($0.employeeID), JSONValue.number($0.seconds)) }
        return .object(["intervals": .object(JSONObject(members))])
    }
}
