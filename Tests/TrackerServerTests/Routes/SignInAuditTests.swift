import JSON
import Shared
import Testing

@testable import TrackerServer

/// What the audit has of sign-ins, keys and second factors.
@Suite(.timeLimit(.minutes(2)))
struct SignInAuditTests {
    private static let boss = "boss@example.org"

    private func audit(_ server: TestServer) throws -> AuditLines {
        try AuditLines(at: server.folders.data + "/" + AuditLog.fileName)
    }

    /// `what about` of each line since there were so many.
    private func lines(_ server: TestServer, after count: Int) throws -> [String] {
        Array(try audit(server).stories.dropFirst(count))
    }

    @Test func keysAreToldOfWithTheirNamesAndWithoutTheirSecrets() async throws {
        try await TestServer.run { server in
            let (admin, boss) = (try await server.admin(), try await server.manager(Self.boss))
            let before = try audit(server).entries.count
            let made = try await server.post(APIPath.keys, #"{"name": "Payroll", "scope": "read"}"#, as: boss)
            let id = try #require(try made[member: "key"]?.object?["id"]?.text)
            try await server.delete("\(APIPath.keys)/\(id)", as: boss).expect(204)
            try await server.post(APIPath.keys, #"{"name": "Payroll", "scope": "manage"}"#, as: boss).expect(201)
            let reset = #"{"password": "set by somebody else", "currentPassword": "\#(TestServer.password)"}"#
            try await server.post(server.path(ofManager: Self.boss, "/password"), reset, as: admin).expect(200)
            #expect(
                try lines(server, after: before) == [
                    "key_made \(Self.boss)", "key_removed \(Self.boss)", "key_made \(Self.boss)",
                    "password_reset \(Self.boss)",
                ])
            let entry = try #require(try audit(server).entries.dropFirst(before).first?.entry)
            #expect(entry.who == Self.boss)
            #expect(entry.detail?["name"]?.text == "Payroll")
            #expect(entry.detail?["scope"]?.text == "read")
            let secret = try #require(try made[member: "secret"]?.text)
            #expect(try !server.folders.text("data/audit.jsonl").contains(secret.dropFirst(3)))
        }
    }

    @Test func endedSignInsAreToldOf() async throws {
        try await TestServer.run { server in
            let (admin, boss) = (try await server.admin(), try await server.manager(Self.boss))
            let other = try await server.login(Self.boss)
            let before = try audit(server).entries.count
            let rows = try await server.get(APIPath.sessions, as: boss)[member: "sessions"]?.array ?? []
            let row = try #require(rows.compactMap(\.object).first { $0["current"] == .bool(false) })
            try await server.delete("\(APIPath.sessions)/\(try #require(row["id"]?.text))", as: boss).expect(204)
            try await server.get(APIPath.organization, as: other).expect(401)
            try await server.delete("/api/accounts/\(Self.boss)/sessions", as: admin).expect(204)
            #expect(
                try lines(server, after: before) == ["tokens_ended \(Self.boss)", "tokens_ended \(Self.boss)"])
            #expect(try audit(server).entries.last?.entry.who == TestServer.admin)
        }
    }

    @Test func secondFactorsAreToldOfAndSoAreWrongCodes() async throws {
        try await TestServer.run { server in
            let boss = try await server.manager(Self.boss)
            let before = try audit(server).entries.count
            let secret = try await server.post(APIPath.totp, as: boss)
            secret.expect(200)
            let sealed = try #require(
                server.environment.store.peek { $0.secrets.factors[AccountID(stored: Self.boss)]?.secret })
            let bytes = try server.environment.accounts.seal.open(sealed, of: AccountID(stored: Self.boss))
            func code(_ later: Int) -> String {
                OneTimeCode.code(bytes, step: OneTimeCode.step(at: server.clock.now) + later)
            }
            let wrong = JSONText.object(["code": .string(code(9))])
            try await server.post(APIPath.totpConfirmation, wrong, as: boss).expect(401)
            let confirmed = try await server.post(
                APIPath.totpConfirmation, JSONText.object(["code": .string(code(0))]), as: boss)
            confirmed.expect(200)
            let half = LoginRequest(email: Self.boss, password: TestServer.password)
            try await server.post(APIPath.login, bytes: JSONWriter.bytes(of: half.json, .compact)).expect(401)
            #expect(try audit(server).entries.last?.entry.detail?["reason"]?.text == "right password, no code")
            let login = LoginRequest(email: Self.boss, password: TestServer.password, code: code(9))
            try await server.post(APIPath.login, bytes: JSONWriter.bytes(of: login.json, .compact)).expect(401)
            let again = LoginRequest(email: Self.boss, password: TestServer.password, code: code(1))
            try await server.post(APIPath.login, bytes: JSONWriter.bytes(of: again.json, .compact)).expect(200)
            let recovery = try #require(try confirmed[member: "recoveryCodes"]?.array?.first?.text)
            func remove(_ code: String) async throws -> Reply {
                try await server.send(
                    "DELETE", APIPath.totp, as: boss, headers: ["Content-Type": "application/json"],
                    body: Array(code.utf8))
            }
            try await remove(wrong).expect(401)
            try await remove(JSONText.object(["code": .string(recovery)])).expect(204)
            #expect(
                try lines(server, after: before) == [
                    "login_refused \(Self.boss)", "second_factor_set \(Self.boss)", "login_refused \(Self.boss)",
                    "login_refused \(Self.boss)", "login \(Self.boss)", "login_refused \(Self.boss)",
                    "second_factor_removed \(Self.boss)",
                ])
        }
    }
}
