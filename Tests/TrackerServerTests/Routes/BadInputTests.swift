import JSON
import Shared
import Testing

@testable import TrackerServer

/// Every field of every JSON request with values that it must not have: an answer with a sentence, nothing stored, and
/// the next request works.
struct BadInputTests {
    /// A request with a field that is spoilt; `%` in `body` is where the value goes.
    struct Field: Sendable, CustomTestStringConvertible {
        let path: String
        let body: String
        let sender: Sender
        /// JSON texts that this field may have, of those in ``Field/values``.
        var allowed: Set<String> = []
        /// What the field's absence gives; nil when it must be there.
        var isOptional = false
        /// The status for a value that is well formed, but not known.
        var unknown = 400

        enum Sender { case nobody, employee, manager, admin }

        var testDescription: String { "\(path) \(body)" }
        var name: String { body.split(separator: "\"").last { body.contains("\"\($0)\": %") }.map(String.init) ?? "" }
    }

    private static let long = #"""# + String(repeating: "x", count: 255) + #"""#
    private static let tooLong = #"""# + String(repeating: "x", count: 100_000) + #"""#
    private static let control = #""a\u0000b\u001bc""#
    private static let whiteSpace = #""a b""#
    private static let values = [
        "5", "-1", "1.5", "1e999", "true", "[]", "{}", #"["x"]"#, #"{"__proto__": 1}"#, #""""#, #"" \t ""#, control,
        whiteSpace, long, tooLong, #""\ud800""#, #""__proto__""#, #""constructor""#,
    ]
    /// Not valid JSON, in whatever field they stand.
    private static let broken: [[UInt8]] = [
        [UInt8(ascii: "\""), 0xFF, UInt8(ascii: "\"")], [UInt8(ascii: "\""), 0x00, UInt8(ascii: "\"")],
        Array(String(repeating: "[", count: 100_000).utf8), Array("undefined".utf8), [],
    ]

    private static let ids: Set = [#""__proto__""#, #""constructor""#]
    private static let names = ids.union([whiteSpace, #""""#, #"" \t ""#])

    static let fields = [
        Field(path: "/api/auth/login", body: #"{"password": "x", "email": %}"#, sender: .nobody, unknown: 401),
        Field(
            path: "/api/auth/login", body: #"{"email": "eva", "password": %}"#, sender: .nobody, unknown: 401),
        Field(
            path: "/api/auth/login", body: #"{"email": "eva", "password": "correct horse battery", "role": %}"#,
            sender: .nobody, isOptional: true, unknown: 403),
        Field(
            path: "/api/auth/login", body: #"{"email": "eva", "password": "correct horse battery", "cookie": %}"#,
            sender: .nobody, allowed: ["true"], isOptional: true),
        // Nobody asks for it where there is no second factor.
        Field(
            path: "/api/auth/login", body: #"{"email": "eva", "password": "correct horse battery", "code": %}"#,
            sender: .nobody, allowed: names.union([control, long, tooLong]), isOptional: true),
        Field(path: "/api/auth/totp/confirm", body: #"{"code": %}"#, sender: .manager, unknown: 409),
        Field(
            path: "/api/keys", body: #"{"scope": "read", "name": %}"#, sender: .manager,
            allowed: ids.union([whiteSpace])),
        Field(path: "/api/keys", body: #"{"name": "x", "scope": %}"#, sender: .manager),
        Field(
            path: "/api/keys", body: #"{"name": "x", "scope": "read", "expiresInDays": %}"#, sender: .manager,
            allowed: ["5"], isOptional: true),
        Field(
            path: "/api/auth/password", body: #"{"newPassword": "another password", "currentPassword": %}"#,
            sender: .employee, unknown: 401),
        Field(
            path: "/api/auth/password", body: #"{"currentPassword": "correct horse battery", "newPassword": %}"#,
            sender: .employee, allowed: [#""constructor""#]),
        Field(
            path: "/api/org", body: #"{"name": %}"#, sender: .manager,
            allowed: names.subtracting([#""""#, #"" \t ""#])),
        Field(path: "/api/employees", body: #"{"email": %}"#, sender: .manager, allowed: ids),
        Field(
            path: "/api/employees", body: #"{"email": "new", "name": %}"#, sender: .manager, allowed: names,
            isOptional: true),
        Field(
            path: "/api/employees", body: #"{"email": "new", "password": %}"#, sender: .manager,
            allowed: [#""constructor""#], isOptional: true),
        Field(path: "/api/managers", body: #"{"email": %}"#, sender: .admin, allowed: ids),
        Field(
            path: "/api/managers", body: #"{"email": "new", "name": %}"#, sender: .admin, allowed: names,
            isOptional: true),
        Field(
            path: "/api/employees/eva/password", body: #"{"password": %}"#, sender: .manager,
            allowed: [#""constructor""#], isOptional: true),
        Field(
            path: "/api/managers/max/password",
            body: #"{"currentPassword": "correct horse battery", "password": %}"#, sender: .admin,
            allowed: [#""constructor""#], isOptional: true),
        Field(path: "/api/managers/max/password", body: #"{"currentPassword": %}"#, sender: .admin, unknown: 401),
        Field(
            path: "/api/capture-interval", body: #"{"intervalMinutes": 5, "employeeId": %}"#, sender: .manager,
            unknown: 404),
        Field(
            path: "/api/capture-interval", body: #"{"employeeId": "eva", "intervalMinutes": %}"#, sender: .manager,
            allowed: ["5"]),
        Field(
            path: "/api/work/heartbeat", body: #"{"idleDeltaSeconds": %}"#, sender: .employee, allowed: ["5"],
            isOptional: true),
        Field(
            path: "/api/work/stop", body: #"{"idleDeltaSeconds": %}"#, sender: .employee, allowed: ["5"],
            isOptional: true),
    ]

    /// Makes the people whom the requests are about, eva at work for ten seconds, and returns who sends this one.
    private func sender(of field: Field, _ server: TestServer) async throws -> Person? {
        let eva = try await server.employee("eva")
        let manager = try await server.manager("max")
        let admin = try await server.admin()
        try await server.post(APIPath.workStart, as: eva).expect(201)
        server.clock.advance(seconds: 10)
        return switch field.sender {
        case .nobody: nil
        case .employee: eva
        case .manager: manager
        case .admin: admin
        }
    }

    @Test(arguments: fields)
    func aFieldThatIsSpoiltIsRefused(field: Field) async throws {
        try await TestServer.run { server in
            let sender = try await sender(of: field, server)
            let before = try server.folders.snapshot()

            func expectRefusal(_ body: [UInt8], _ statuses: Set<Int>) async throws {
                let reply = try await server.post(field.path, bytes: body, as: sender)
                let shown = String(decoding: body.prefix(200), as: UTF8.self)
                #expect(statuses.contains(reply.status), "\(reply.status) \(reply.text) for \(shown)")
                #expect(try reply[member: "error"]?.text?.count ?? 0 > 5, "\(shown)")
                #expect(try reply[member: "code"]?.text != nil, "\(shown)")
                #expect(try server.folders.snapshot() == before, "\(shown)")
                // Guesses that are counted must not close the account for the next value.
                server.clock.advance(seconds: 5)
            }
            let statuses: Set = [400, field.unknown]
            for value in Self.values where !field.allowed.contains(value) {
                // Ten guesses are a matter of their own.
                if field.unknown == 401 { server.clock.advance(seconds: 180) }
                try await expectRefusal(Array(field.body.replacing("%", with: value).utf8), statuses)
            }
            for value in Self.broken {
                let parts = field.body.split(separator: "%").map { Array($0.utf8) }
                try await expectRefusal(parts[0] + value + parts[1], [400])
            }
            if !field.isOptional {
                try await expectRefusal(Array(field.body.replacing("%", with: "null").utf8), [400])
                try await expectRefusal(
                    Array(
                        field.body.replacing("\"\(field.name)\"", with: "\"x\"")
                            .replacing("%", with: "1").utf8), [400])
            }
            try await server.get(APIPath.health).expect(200)
        }
    }

    @Test(arguments: fields.flatMap { field in field.allowed.sorted().map { (field, $0) } })
    func whatAFieldMayHaveIsTaken(field: Field, value: String) async throws {
        try await TestServer.run { server in
            let sender = try await sender(of: field, server)
            let reply = try await server.post(field.path, field.body.replacing("%", with: value), as: sender)
            #expect((200...201).contains(reply.status), "\(reply.text)")
        }
    }

    /// `null` is the same as nothing wherever a field may be missing.
    @Test(arguments: fields.filter(\.isOptional))
    func anOptionalFieldMayBeNull(field: Field) async throws {
        try await whatAFieldMayHaveIsTaken(field: field, value: "null")
    }

    @Test(arguments: [
        "%00", "%0A", "%20", "a%20b", "%ff", "%", "%zz", "%ed%a0%80", String(repeating: "x", count: 255),
        String(repeating: "x", count: 20_000), "nobody", "__proto__", "constructor", "..", "%2f", "5",
    ])
    func anIdInAPathThatIsNobodysIsNotFound(id: String) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let before = try server.folders.snapshot()
            for path in [APIPath.employees, APIPath.managers] {
                try await server.delete("\(path)/\(id)", as: admin).expectError(404, "not_found")
                try await server.post("\(path)/\(id)/password", TestServer.confirmation, as: admin)
                    .expectError(404, "not_found")
            }
            #expect(try server.folders.snapshot() == before)
        }
    }
}
