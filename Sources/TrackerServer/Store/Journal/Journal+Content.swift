import JSON
import Shared

// The content of a record: an array of changes, each `{"<case>": {…}}`, or `{"written": {"<file>": <number>}}`.
extension Journal.Content {
    func write(to writer: inout JSONWriter) {
        switch self {
        case .changes(let changes):
            writer.beginArray()
            for change in changes { change.write(to: &writer) }
            writer.endArray()
        case .written(let numbers):
            writer.beginObject()
            writer.key("written")
            writer.beginObject()
            for (file, number) in numbers.sorted(by: { $0.key < $1.key }) {
                writer.key(text: JSONString(file.rawValue))
                writer.number(Int(number))
            }
            writer.endObject()
            writer.endObject()
        }
    }

    init(json: JSONValue) throws(JSONFieldError) {
        if let changes = json.array {
            var read: [Change] = []
            for change in changes { read.append(try Change(json: change)) }
            self = .changes(read)
        } else {
            guard let written = try JSONFields(json)["written"] else {
                throw JSONFieldError(field: nil, expected: "changes, or \"written\"")
            }
            var numbers: [DataFile: UInt64] = [:]
            for member in written.object?.members ?? [] {
                let name = member.key.text ?? ""
                guard let file = DataFile(rawValue: name), case .number(let number) = member.value,
                    let integer = number.integer, integer >= 0
                else { throw JSONFieldError(field: name, expected: "a data file with a number") }
                numbers[file] = UInt64(integer)
            }
            self = .written(numbers)
        }
    }
}

extension Change {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch self {
        case .organizationSaved(let saved): writer.value("organizationSaved", saved.json)
        case .accountAdded(let user): writer.value("accountAdded", user.json)
        case .accountRoleChanged(let id, let role):
            writer.value("accountRoleChanged", .object(["account": id.json, "role": .string(role.rawValue)]))
        case .accountRenamed(let id, let name):
            writer.value("accountRenamed", .object(["account": id.json, "name": .string(name)]))
        case .accountRemoved(let id, let version):
            writer.value("accountRemoved", .object(["account": id.json, "version": .number(version)]))
        case .twinRemoved(let email): writer.value("twinRemoved", .object(["email": .string(email)]))
        case .credentialSet(let id, let credential):
            writer.value("credentialSet", .object(["account": id.json, "credential": credential.json]))
        case .signInMade(let id, let signIn):
            writer.value("signInMade", .object(["account": id.json, "signIn": signIn.json]))
        case .signInEnded(let id, let signIn):
            writer.value("signInEnded", .object(["account": id.json, "id": .string(signIn)]))
        case .signInsEnded(let id, let version):
            writer.value("signInsEnded", .object(["account": id.json, "version": .number(version)]))
        case .keyMade(let key): writer.value("keyMade", key.json)
        case .keyRemoved(let id): writer.value("keyRemoved", .object(["id": .string(id)]))
        case .keysEnded(let id): writer.value("keysEnded", .object(["account": id.json]))
        case .factorSet(let id, let factor):
            writer.value("factorSet", .object(["account": id.json, "factor": factor.json]))
        case .factorRemoved(let id): writer.value("factorRemoved", .object(["account": id.json]))
        case .lastUsesNoted(let uses, let time):
            writer.value("lastUsesNoted", .object(["uses": .array(uses.map(\.json)), "at": time.json]))
        case .tokenRevoked(let id, let expiresAt, let time):
            writer.value(
                "tokenRevoked", .object(["id": .string(id), "expiresAt": expiresAt.json, "at": time.json]))
        case .intervalAssigned(let id, let seconds):
            writer.value("intervalAssigned", .object(["account": id.json, "seconds": .number(seconds)]))
        case .intervalRemoved(let id): writer.value("intervalRemoved", .object(["account": id.json]))
        case .sessionStarted(let session): writer.value("sessionStarted", session.json)
        case .heartbeatCounted(let id, let time, let idle): writer.beat("heartbeatCounted", id, time, idle)
        case .sessionEnded(let id, let time, let idle): writer.beat("sessionEnded", id, time, idle)
        case .sessionDiscarded(let id): writer.value("sessionDiscarded", .object(["session": .string(id)]))
        case .sessionRecorded(let session): writer.value("sessionRecorded", session.json)
        case .correctionMade(let correction): writer.value("correctionMade", correction.json)
        case .correctionRevoked(let id, let time, let manager):
            writer.value(
                "correctionRevoked", .object(["id": .string(id), "at": time.json, "by": .string(manager)]))
        case .clientTracks(let id, let client):
            writer.value("clientTracks", .object(["account": id.json, "client": client?.json ?? .null]))
        case .imageStored(let record):
            writer.value(
                "imageStored",
                .object([
                    "file": .string(record.file), "employeeId": .string(record.employeeID), "ts": record.ts.json,
                ]))
        case .imagesRemoved(let files):
            writer.value("imagesRemoved", .object(["files": .array(files.map { .string($0) })]))
        case .audited(let record):
            writer.key("audited")
            record.write(to: &writer)
        }
        writer.endObject()
    }

    fileprivate init(json: JSONValue) throws(JSONFieldError) {
        guard let member = json.object?.members.first, let name = member.key.text else {
            throw JSONFieldError(field: nil, expected: "a change with its name")
        }
        let fields = try JSONFields(member.value)
        switch name {
        case "organizationSaved":
            self = .organizationSaved(
                Organization(name: try fields.text("name"), createdAt: try fields.optionalTimestamp("createdAt")))
        case "accountAdded": self = .accountAdded(try User(json: member.value))
        case "accountRoleChanged":
            guard let role = Role(rawValue: try fields.text("role")) else {
                throw JSONFieldError(field: "role", expected: "a role")
            }
            self = .accountRoleChanged(try fields.account(), role)
        case "accountRenamed": self = .accountRenamed(try fields.account(), name: try fields.text("name"))
        case "accountRemoved": self = .accountRemoved(try fields.account(), version: try fields.integer("version"))
        case "twinRemoved": self = .twinRemoved(email: try fields.text("email"))
        case "credentialSet":
            self = .credentialSet(
                try fields.account(), try Credential(fields: JSONFields(fields["credential"] ?? .null)))
        case "signInMade":
            self = .signInMade(try fields.account(), try SignIn(json: fields["signIn"] ?? .null))
        case "signInEnded": self = .signInEnded(try fields.account(), id: try fields.text("id"))
        case "signInsEnded": self = .signInsEnded(try fields.account(), version: try fields.integer("version"))
        case "keyMade": self = .keyMade(try APIKey(json: member.value))
        case "keyRemoved": self = .keyRemoved(id: try fields.text("id"))
        case "keysEnded": self = .keysEnded(try fields.account())
        case "factorSet":
            self = .factorSet(try fields.account(), try SecondFactor(json: fields["factor"] ?? .null))
        case "factorRemoved": self = .factorRemoved(try fields.account())
        case "lastUsesNoted":
            var uses: [LastUse] = []
            for use in fields["uses"]?.array ?? [] { uses.append(try LastUse(json: use)) }
            self = .lastUsesNoted(uses, at: try fields.timestamp("at"))
        case "tokenRevoked":
            self = .tokenRevoked(
                id: try fields.text("id"), expiresAt: try fields.timestamp("expiresAt"), at: try fields.timestamp("at"))
        case "intervalAssigned":
            self = .intervalAssigned(try fields.account(), seconds: try fields.integer("seconds"))
        case "intervalRemoved": self = .intervalRemoved(try fields.account())
        case "sessionStarted": self = .sessionStarted(try WorkSession(json: member.value))
        case "heartbeatCounted":
            self = .heartbeatCounted(
                session: try fields.text("session"), at: try fields.timestamp("at"),
                idleSeconds: try fields.double("idleSeconds"))
        case "sessionEnded":
            self = .sessionEnded(
                session: try fields.text("session"), at: try fields.timestamp("at"),
                idleSeconds: try fields.double("idleSeconds"))
        case "sessionDiscarded": self = .sessionDiscarded(session: try fields.text("session"))
        case "sessionRecorded": self = .sessionRecorded(try WorkSession(json: member.value))
        case "correctionMade": self = .correctionMade(try Correction(json: member.value))
        case "correctionRevoked":
            self = .correctionRevoked(
                id: try fields.text("id"), at: try fields.timestamp("at"), by: try fields.text("by"))
        case "clientTracks":
            var client: SessionClient?
            if let value = fields["client"] { client = try SessionClient(json: value) }
            self = .clientTracks(try fields.account(), client)
        case "imageStored":
            self = .imageStored(
                UploadRecord(
                    file: try fields.text("file"), employeeID: try fields.text("employeeId"),
                    ts: try fields.timestamp("ts")))
        case "imagesRemoved": self = .imagesRemoved((fields["files"]?.array ?? []).compactMap(\.text))
        case "audited": self = .audited(try AuditRecord(json: member.value))
        default: throw JSONFieldError(field: name, expected: "the name of a change")
        }
    }
}

extension Credential {
    init(fields: JSONFields) throws(JSONFieldError) {
        self.init(
            verifier: try fields.optionalText("verifier"), version: try fields.integer("version"),
            mustChangePassword: try fields.flag("mustChangePassword"))
    }

    var json: JSONValue {
        .object([
            "verifier": .optional(verifier), "version": .number(version),
            "mustChangePassword": .bool(mustChangePassword),
        ])
    }
}

extension JSONFields {
    fileprivate func account() throws(JSONFieldError) -> AccountID { AccountID(stored: try text("account")) }
}

extension AccountID {
    fileprivate var json: JSONValue { .string(spelling) }
}

extension Timestamp {
    fileprivate var json: JSONValue { .string(iso8601) }
}

extension JSONWriter {
    fileprivate mutating func value(_ name: StaticString, _ value: JSONValue) {
        key(name)
        self.value(value)
    }

    /// The most frequent of all changes, without the detour over a value.
    fileprivate mutating func beat(_ name: StaticString, _ session: String, _ time: Timestamp, _ idleSeconds: Double) {
        key(name)
        beginObject()
        key("session")
        string(session)
        key("at")
        timestamp(time)
        key("idleSeconds")
        number(idleSeconds)
        endObject()
    }
}
