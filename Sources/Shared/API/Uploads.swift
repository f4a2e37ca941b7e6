public import JSON

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

/// A row of `GET /api/uploads/list`, which is an array of them.
public struct UploadListRow: Sendable, Hashable {
    public var record: UploadRecord
    /// The image is older than the account that has its employee's id now.
    public var isOfEarlierAccount: Bool

    public init(record: UploadRecord, isOfEarlierAccount: Bool) {
        self.record = record
        self.isOfEarlierAccount = isOfEarlierAccount
    }

    /// Not by way of a ``JSONValue``: to make one of each row takes longer than all else that a long list needs.
    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("file")
        writer.string(record.file)
        writer.key("ts")
        writer.timestamp(record.ts)
        writer.key("employeeId")
        writer.string(record.employeeID)
        if isOfEarlierAccount {
            writer.key(text: EarlierAccount.key)
            writer.bool(true)
        }
        writer.endObject()
    }
}

/// A group of `GET /api/activity/recent`, which is an array of them, the most recent employee first.
public struct ActivityGroup: JSONEncodable, Hashable {
    public var employeeID: String
    /// The three newest images, the newest first.
    public var latest: [Image]
    /// How many images there are.
    public var count: Int
    /// False when there is no account of that id.
    public var isRegistered: Bool

    public init(employeeID: String, latest: [Image], count: Int, isRegistered: Bool) {
        self.employeeID = employeeID
        self.latest = latest
        self.count = count
        self.isRegistered = isRegistered
    }

    public var json: JSONValue {
        var object = JSONObject([
            ("employeeId", .string(employeeID)), ("latest", .array(latest.map(\.json))), ("count", .number(count)),
            ("registered", .bool(isRegistered)),
        ])
        object.markEarlierAccount(latest.allSatisfy(\.isOfEarlierAccount))
        return .object(object)
    }

    public struct Image: JSONEncodable, Hashable {
        public var file: String
        public var ts: Timestamp
        /// The image is older than the account that has its employee's id now.
        public var isOfEarlierAccount: Bool

        public init(file: String, ts: Timestamp, isOfEarlierAccount: Bool) {
            self.file = file
            self.ts = ts
            self.isOfEarlierAccount = isOfEarlierAccount
        }

        public var json: JSONValue {
            var object = JSONObject([("file", .string(file)), ("ts", .string(ts.iso8601))])
            object.markEarlierAccount(isOfEarlierAccount)
            return .object(object)
        }
    }
}

/// The multipart fields of an upload.
public enum UploadField {
    public static let image = "screenshot"
    public static let employeeID = "employeeId"
    public static let email = "email"
    public static let capturedAt = "capturedAt"
}
