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

/// One stored image: a record of `uploads/index.json`, and the answer to an upload (there without `employeeId`).
public struct UploadRecord: Sendable, Hashable {
    /// `uploads/<name>`, whatever the folder is called.
    public var file: String
    public var employeeID: String
    /// When the screen was captured.
    public var ts: Timestamp

    public init(file: String, employeeID: String, ts: Timestamp) {
        self.file = file
        self.employeeID = employeeID
        self.ts = ts
    }

    /// What `file` starts with, whatever the folder is called.
    public static let folder = "uploads/"

    /// The file's name without `uploads/`.
    public var name: String {
        file.hasPrefix(Self.folder) ? String(file.dropFirst(Self.folder.count)) : file
    }
}

/// `POST /api/uploads/screenshot`.
public struct UploadResponse: JSONRepresentable, Hashable {
    public var file: String
    public var ts: Timestamp

    public init(file: String, ts: Timestamp) {
        self.file = file
        self.ts = ts
    }

    public var json: JSONValue { .object(["file": .string(file), "ts": .string(ts.iso8601)]) }

    public init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(file: try fields.text("file"), ts: try fields.timestamp("ts"))
    }
}

/// The multipart fields of an upload.
public enum UploadField {
    public static let image = "screenshot"
    public static let employeeID = "employeeId"
    public static let email = "email"
    public static let capturedAt = "capturedAt"
}
