import JSON
import OrderedCollections
import Shared

// credentials.json: {"accounts": {id: {"verifier", "version", "mustChangePassword"}}, "signIns": {id: [{"id", …}]},
// "keys": [{"id", …}], "factors": {id: {"secret", …}}, "revokedTokens": {jti: time}, "clients": {id: {"client", "host"}}}; a
// member that would be empty is left out.
extension Secrets {
    /// What the file holds. Earlier versions wrote accounts by several spellings of their ids.
    struct Loaded: Sendable {
        var credentials: [(spelling: String, credential: Credential)] = []
        /// Without credentials.
        var others = Secrets()
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.map("accounts", credentials.map { ($0.key.spelling, $0.value) }) { $0.value($1.json) }
        writer.map("signIns", Self.sorted(signIns.byAccount)) { $0.value(.array($1.map(\.json))) }
        if !keys.isEmpty {
            writer.key("keys")
            writer.value(.array(keys.all.map(\.json)))
        }
        writer.map("factors", Self.sorted(factors)) { $0.value($1.json) }
        writer.map("revokedTokens", revokedTokens.map { ($0.key, $0.value) }) { $0.timestamp($1) }
        writer.map("clients", Self.sorted(clients)) { $0.value($1.json) }
        writer.endObject()
    }

    private static func sorted<Value>(_ values: [AccountID: Value]) -> [(String, Value)] {
        values.sorted { $0.key.folded < $1.key.folded }.map { ($0.key.spelling, $0.value) }
    }
}

extension Secrets.Loaded {
    init(from reader: inout JSONReader) throws(JSONError) {
        try reader.object { reader, member throws(JSONError) in
            let start = reader.position()
            switch member.text {
            case "accounts":
                try reader.object { reader, name throws(JSONError) in
                    let credential = try reader.record("an account") { json throws(JSONFieldError) in
                        try Credential(fields: JSONFields(json))
                    }
                    credentials.append((name.text ?? "", credential))
                }
            case "signIns":
                try reader.object { reader, name throws(JSONError) in
                    let account = AccountID(stored: name.text ?? "")
                    try reader.array { reader throws(JSONError) in
                        let signIn = try reader.record("a sign-in") { json throws(JSONFieldError) in
                            try SignIn(json: json)
                        }
                        others.signIns.record(signIn, of: account)
                    }
                }
            case "keys":
                try reader.array { reader throws(JSONError) in
                    let key = try reader.record("a key") { json throws(JSONFieldError) in try APIKey(json: json) }
                    others.keys.record(key)
                }
            case "factors":
                try reader.object { reader, name throws(JSONError) in
                    others.factors[AccountID(stored: name.text ?? "")] =
                        try reader.record("a second factor") { json throws(JSONFieldError) in
                            try SecondFactor(json: json)
                        }
                }
            case "revokedTokens":
                try reader.object { reader, name throws(JSONError) in
                    others.revokedTokens[name.text ?? ""] = try reader.timestamp()
                }
            case "clients":
                try reader.object { reader, name throws(JSONError) in
                    others.clients[AccountID(stored: name.text ?? "")] =
                        try reader.record("a client") { json throws(JSONFieldError) in try SessionClient(json: json) }
                }
            default: throw reader.error("\"accounts\" or another name that this version knows as the key", at: start)
            }
        }
    }
}

extension JSONReader {
    /// - Parameter noun: what stands there, for the sentence about one that can't be read.
    fileprivate mutating func record<Value>(
        _ noun: String, _ read: (JSONValue) throws(JSONFieldError) -> Value
    ) throws(JSONError) -> Value {
        let start = position()
        let value = try value()
        do throws(JSONFieldError) {
            return try read(value)
        } catch {
            throw self.error("\(noun) whose \(error)", at: start)
        }
    }
}

extension JSONWriter {
    /// A member whose value is an object, unless that would be empty.
    fileprivate mutating func map<Value>(
        _ name: StaticString, _ members: [(name: String, value: Value)], _ write: (inout JSONWriter, Value) -> Void
    ) {
        guard !members.isEmpty else { return }
        key(name)
        beginObject()
        for member in members {
            key(text: JSONString(member.name))
            write(&self, member.value)
        }
        endObject()
    }
}
