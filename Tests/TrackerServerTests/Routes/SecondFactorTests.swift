import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Managers who log in with a code of an app beside their password.
@Suite(.timeLimit(.minutes(2)))
struct SecondFactorTests {
    private static let boss = "boss@example.org"

    /// An app that has been told a secret.
    private struct App {
        let secret: [UInt8]

        init(base32 text: String) throws {
            let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
            var (bits, count, bytes) = (0, 0, [UInt8]())
            for character in text {
                bits = (bits << 5 | (try #require(alphabet.firstIndex(of: character)))) & 0xFFFF
                count += 5
                if count >= 8 {
                    count -= 8
                    bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                }
            }
            secret = bytes
        }

        func code(_ server: TestServer, later steps: Int = 0) -> String {
            OneTimeCode.code(secret, step: OneTimeCode.step(at: server.clock.now) + steps)
        }
    }

    private func body(_ code: String) -> String { JSONText.object(["code": .string(code)]) }

    private func begin(_ server: TestServer, _ person: Person) async throws -> App {
        let reply = try await server.post(APIPath.totp, as: person)
        reply.expect(200)
        return try App(base32: try #require(try reply[member: "secret"]?.text))
    }

    private func setUp(_ server: TestServer, _ person: Person) async throws -> (app: App, recoveryCodes: [String]) {
        let app = try await begin(server, person)
        let reply = try await server.post(APIPath.totpConfirmation, body(app.code(server)), as: person)
        reply.expect(200)
        return (app, try #require(try reply[member: "recoveryCodes"]?.array).compactMap(\.text))
    }

    private func login(
        _ server: TestServer, _ email: String = boss, _ password: String = TestServer.password, code: String? = nil
    ) async throws -> Reply {
        let request = LoginRequest(email: email, password: password, code: code)
        return try await server.post(APIPath.login, bytes: JSONWriter.bytes(of: request.json, .compact))
    }

    private func removal(_ server: TestServer, _ code: String, _ person: Person) async throws -> Reply {
        try await server.send(
            "DELETE", APIPath.totp, as: person, headers: ["Content-Type": "application/json"],
            body: Array(body(code).utf8))
    }

    /// The right password is half of a sign-in: it makes nobody known, and shuts out nobody.
    @Test func strangersWithThePasswordGuessTenCodesFromWhereverTheyAre() async throws {
        try await TestServer.run(["TRUST_PROXY": "127.0.0.1"]) { server in
            let boss = try await server.manager(Self.boss)
            let (_, codes) = try await setUp(server, boss)
            func attempt(_ address: String, code: String?) async throws -> Reply {
                let request = LoginRequest(email: Self.boss, password: TestServer.password, code: code)
                return try await server.post(
                    APIPath.login, String(decoding: JSONWriter.bytes(of: request.json, .compact), as: UTF8.self),
                    headers: ["X-Forwarded-For": address])
            }
            try await attempt("192.0.2.1", code: codes[0]).expect(200)
            for number in 2..<12 { try await attempt("192.0.2.\(number)", code: nil).expect(401) }
            for number in 2..<12 { try await attempt("192.0.2.\(number)", code: "000000").expect(401) }
            try await attempt("192.0.2.12", code: codes[1]).expectError(429, "too_many_attempts")
            try await attempt("192.0.2.2", code: codes[1]).expectError(429, "too_many_attempts")
            try await attempt("192.0.2.1", code: codes[1]).expect(200)
        }
    }

    @Test func theSecretComesAsTextAndForAQRCode() async throws {
        try await TestServer.run { server in
            let boss = try await server.manager(Self.boss)
            let reply = try await server.post(APIPath.totp, as: boss)
            let secret = try #require(try reply[member: "secret"]?.text)
            #expect(secret.wholeMatch(of: /[A-Z2-7]{32}/) != nil)
            #expect(
                try reply[member: "uri"]?.text
                    == "otpauth://totp/Time%20Tracker:boss%40example.org?secret=\(secret)&issuer=Time%20Tracker"
                    + "&algorithm=SHA1&digits=6&period=30")
            try await server.post(APIPath.organization, #"{"name": "Harbour: Freight"}"#, as: boss).expect(200)
            let uri = try #require(try await server.post(APIPath.totp, as: boss)[member: "uri"]?.text)
            #expect(uri.hasPrefix("otpauth://totp/Harbour%3A%20Freight:boss%40example.org?"))
            for (_, bytes) in try server.folders.snapshot() {
                #expect(!String(decoding: bytes, as: UTF8.self).contains(secret))
            }
        }
    }

    @Test func onceItIsConfirmedALoginNeedsACode() async throws {
        try await TestServer.run { server in
            let boss = try await server.manager(Self.boss)
            #expect(try await server.get(APIPath.me, as: boss)[member: "secondFactor"] == .bool(false))
            let app = try await begin(server, boss)
            try await login(server).expect(200)
            try await server.post(APIPath.totpConfirmation, body("12345"), as: boss).expectError(
                401, "invalid_credentials")
            let wrong = app.code(server, later: 5)
            try await server.post(APIPath.totpConfirmation, body(wrong), as: boss).expectError(
                401, "invalid_credentials")
            try await login(server).expect(200)
            let confirmed = try await server.post(APIPath.totpConfirmation, body(app.code(server)), as: boss)
            #expect(try confirmed[member: "recoveryCodes"]?.array?.count == 8)
            #expect(try await server.get(APIPath.me, as: boss)[member: "secondFactor"] == .bool(true))
            try await server.post(APIPath.totpConfirmation, body(app.code(server)), as: boss).expectError(
                409, "conflict")
            try await server.post(APIPath.totp, as: boss).expectError(409, "conflict")

            try await login(server).expectError(401, "second_factor_required")
            try await login(server, Self.boss, "a wrong password").expectError(401, "invalid_credentials")
            try await login(server, Self.boss, "a wrong password", code: app.code(server, later: 1))
                .expectError(401, "invalid_credentials")
            // The one that confirmed it was taken.
            try await login(server, code: app.code(server)).expectError(401, "invalid_credentials")
            server.clock.advance(seconds: 30)
            try await login(server, code: app.code(server)).expect(200)
            try await login(server, code: app.code(server)).expectError(401, "invalid_credentials")
            try await login(server, code: app.code(server, later: -1)).expectError(401, "invalid_credentials")
            try await login(server, code: app.code(server, later: 1)).expect(200)
            server.clock.advance(seconds: 60)
            try await login(server, code: " " + app.code(server).prefix(3) + " " + app.code(server).suffix(3)).expect(
                200)
        }
    }

    @Test func eachRecoveryCodeWorksOnceAlsoAfterARestart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let codes = TokenBox()
        try await TestServer.run(folders: folders) { server in
            let set = try await setUp(server, try await server.manager(Self.boss))
            try await login(server, code: set.recoveryCodes[0].uppercased()).expect(200)
            try await login(server, code: set.recoveryCodes[0]).expectError(401, "invalid_credentials")
            for (_, bytes) in try folders.snapshot() {
                #expect(!String(decoding: bytes, as: UTF8.self).contains(set.recoveryCodes[1]))
            }
            await codes.keep(set.recoveryCodes.map { Person(email: $0, token: set.app.code(server)) })
        }
        try await TestServer.run(folders: folders) { server in
            let left = await codes.people
            try await login(server, code: left[0].token).expectError(401, "invalid_credentials")
            try await login(server, code: left[0].email).expectError(401, "invalid_credentials")
            for code in left.dropFirst().map(\.email) { try await login(server, code: code).expect(200) }
        }
    }

    @Test func ofOneCodeSentManyTimesAtOnceOneIsTaken() async throws {
        try await TestServer.run { server in
            let (app, _) = try await setUp(server, try await server.manager(Self.boss))
            let code = app.code(server, later: 1)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await login(server, code: code).status } }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == [200] + Array(repeating: 401, count: 7))
        }
    }

    @Test func guessesOfCodesCloseTheAccountLikeGuessesOfPasswords() async throws {
        try await TestServer.run { server in
            let (app, _) = try await setUp(server, try await server.manager(Self.boss))
            for _ in 0..<LoginThrottle.failuresPerAccount {
                try await login(server, code: app.code(server, later: 7)).expectError(401, "invalid_credentials")
            }
            let refused = try await login(server, code: app.code(server, later: 1))
            try refused.expectError(429, "too_many_attempts")
            #expect(refused["retry-after"] != nil)
        }
    }

    @Test func itIsRemovedByOneMoreOfItsCodes() async throws {
        try await TestServer.run { server in
            let boss = try await server.manager(Self.boss)
            try await removal(server, "123456", boss).expectError(404, "not_found")
            let (app, recoveryCodes) = try await setUp(server, boss)
            try await removal(server, app.code(server), boss).expectError(401, "invalid_credentials")
            try await server.send("DELETE", APIPath.totp, as: boss).expectError(415, "unsupported_media_type")
            try await removal(server, app.code(server, later: 1), boss).expect(204)
            try await login(server).expect(200)
            try await login(server, code: recoveryCodes[0]).expect(200)
            let again = try await setUp(server, boss)
            try await login(server).expectError(401, "second_factor_required")
            try await removal(server, again.recoveryCodes[0], boss).expect(204)
            try await login(server).expect(200)
        }
    }

    @Test func aNewPasswordLeavesItAndARemovalTakesItAlong() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let (app, _) = try await setUp(server, try await server.manager(Self.boss))
            let path = server.path(ofManager: Self.boss)
            let reset = #"{"password": "set by somebody else", "currentPassword": "\#(TestServer.password)"}"#
            try await server.post(path + "/password", reset, as: admin).expect(200)
            try await login(server, Self.boss, "set by somebody else").expectError(401, "second_factor_required")
            try await login(server, Self.boss, "set by somebody else", code: app.code(server, later: 1)).expect(200)
            try await server.delete(path, as: admin).expect(204)
            _ = try await server.manager(Self.boss)
            try await login(server).expect(200)
        }
    }

    @Test func whereItIsRequiredManagersDoNothingBefore() async throws {
        try await TestServer.run(["REQUIRE_SECOND_FACTOR": "1"]) { server in
            let admin = Person(
                email: TestServer.admin,
                token: try LoginResponse(json: try await login(server, TestServer.admin).json).token)
            for reply in [
                try await server.get(APIPath.organization, as: admin),
                try await server.post(APIPath.organization, #"{"name": "x"}"#, as: admin),
                try await server.post(APIPath.refresh, as: admin), try await server.get(APIPath.sessions, as: admin),
                try await server.get("/uploads/x.png", as: admin), try await server.get(APIPath.events, as: admin),
            ] { try reply.expectError(403, "second_factor_setup_required") }
            #expect(try await server.get(APIPath.me, as: admin)[member: "secondFactor"] == .bool(false))
            let socket = try await PollingSocket.opened(server)
            try await socket.connect(.object(["token": .string(admin.token)]))
            _ = try await socket.packet("44{")
            let (app, _) = try await setUp(server, admin)
            try await server.get(APIPath.organization, as: admin).expect(200)
            // Employees have none.
            let eva = try await server.post(
                APIPath.employees, #"{"email": "eva", "password": "\#(TestServer.password)"}"#, as: admin)
            eva.expect(201)
            try await server.get(APIPath.workMe, as: try await server.login("eva")).expect(200)
            try await removal(server, app.code(server, later: 1), admin).expect(204)
            try await server.get(APIPath.organization, as: admin).expectError(403, "second_factor_setup_required")
            try await server.post(APIPath.logout, as: admin).expect(204)
        }
    }

    @Test func addAdminTakesItAwayAndEndsKeys() async throws {
        try await TestServer.run { server in
            let boss = try await server.manager(Self.boss)
            let made = try await server.post(APIPath.keys, #"{"name": "x", "scope": "read"}"#, as: boss)
            let program = Person(email: Self.boss, token: try #require(try made[member: "secret"]?.text))
            _ = try await setUp(server, boss)
            let verifier = try server.environment.accounts.hasher.verifier(of: TestServer.password)
            try await server.environment.store.setAdministrator(
                AccountID(stored: Self.boss), verifier: verifier, at: server.clock.now)
            try await login(server).expect(200)
            try await server.get(APIPath.organization, as: program).expectError(401, "invalid_token")
        }
    }

    @Test func underAnotherKeyOfTheTokensRecoveryCodesStillWork() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let codes = TokenBox()
        try await TestServer.run(folders: folders) { server in
            let set = try await setUp(server, try await server.manager(Self.boss))
            await codes.keep([Person(email: set.recoveryCodes[0], token: set.app.code(server, later: 1))])
        }
        try await TestServer.run(["JWT_SECRET": String(repeating: "x", count: 40)], folders: folders) { server in
            let code = try #require(await codes.people.first)
            let refused = try await login(server, code: code.token)
            try refused.expectError(409, "conflict")
            #expect(refused.text.contains("Sign in with a recovery code."))
            try await login(server).expectError(401, "second_factor_required")
            try await login(server, code: code.email).expect(200)
        }
    }
}
