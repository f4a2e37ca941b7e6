import JSON
import Shared
import Testing

@testable import TrackerServer

struct LoginTests {
    private func attempt(
        _ server: TestServer, _ email: String = TestServer.admin, _ password: String = TestServer.password,
        role: String? = nil
    ) async throws -> Reply {
        let request = LoginRequest(email: email, password: password, role: role)
        return try await server.post(
            APIPath.login, String(decoding: JSONWriter.bytes(of: request.json, .compact), as: UTF8.self))
    }

    @Test func aLoginGivesATokenForEightHours() async throws {
        try await TestServer.run { server in
            let reply = try await attempt(server)
            #expect(reply.status == 200)
            let members = try #require(try reply.json.object).members
            #expect(members.map(\.key) == ["token", "role", "expiresAt", "mustChangePassword"])
            let login = try LoginResponse(json: try reply.json)
            #expect(login.role == .superAdmin)
            #expect(login.expiresAt.iso8601 == "2026-03-02T16:00:00.000Z")
            #expect(!login.mustChangePassword)
            #expect(reply["set-cookie"] == nil)
            let person = Person(email: TestServer.admin, token: login.token)
            try server.clock.set("2026-03-02T15:59:59.999Z")
            try await server.get(APIPath.organization, as: person).expect(200)
            try server.clock.set("2026-03-02T16:00:00.000Z")
            try await server.get(APIPath.organization, as: person).expectError(401, "invalid_token")
        }
    }

    @Test func theClaimsAreThoseOfTheInterface() async throws {
        try await TestServer.run { server in
            let token = try await server.employee("Eva@Example.org").token
            let parts = token.split(separator: ".")
            try #require(parts.count == 3)
            let claims = try #require(try base64URL(parts[1]).object)
            #expect(Set(claims.members.map(\.key)) == ["sub", "role", "iat", "exp", "jti", "ver"])
            #expect(claims["sub"]?.text == "Eva@Example.org")
            #expect(claims["role"]?.text == "employee")
            #expect(claims["iat"] == .number(1_772_438_400))
            #expect(claims["exp"] == .number(1_772_438_400 + 28_800))
            #expect(claims["ver"] == .number(1))
            #expect(try base64URL(parts[0]).object?["alg"]?.text == "HS256")
        }
    }

    private func base64URL(_ text: Substring) throws -> JSONValue {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bits = 0
        var count = 0
        var bytes: [UInt8] = []
        for character in text {
            bits = bits << 6 | (try #require(alphabet.firstIndex(of: character)))
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
                bits &= (1 << count) - 1
            }
        }
        return try JSONReader.value(of: bytes)
    }

    @Test func anEmailIsReadWithoutCaseAndWhiteSpaceAroundIt() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("Eva@Example.org")
            for email in ["eva@example.org", " EVA@EXAMPLE.ORG\n"] {
                try await attempt(server, email).expect(200)
            }
        }
    }

    @Test func unknownPeopleAndWrongPasswordsGetTheSameAnswer() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let admin = try await server.admin()
            _ = try await server.employee("gone@example.org")
            try await server.delete(server.path(ofEmployee: "gone@example.org"), as: admin).expect(204)
            let answer = #"{"error":"Invalid credentials","code":"invalid_credentials"}"#
            try await attempt(server, "eva@example.org", "wrong").expect(401, answer)
            try await attempt(server, "nobody@example.org", "wrong").expect(401, answer)
            try await attempt(server, "gone@example.org").expect(401, answer)
            try await attempt(server, "constructor", "wrong").expect(401, answer)
            try await attempt(server, "__proto__", "").expect(401, answer)
        }
    }

    @Test(arguments: [("super_admin", 200), ("manager", 403), ("employee", 403), ("king", 403)])
    func aRoleThatIsAskedForMustBeTheAccounts(role: String, status: Int) async throws {
        try await TestServer.run { server in
            let reply = try await attempt(server, role: role)
            #expect(reply.status == status)
            if status == 403 { try reply.expectError(403, "forbidden") }
        }
    }

    @Test func theRoleIsToldOnlyToWhoKnowsThePassword() async throws {
        try await TestServer.run { server in
            try await attempt(server, TestServer.admin, "wrong", role: "employee").expect(401)
        }
    }

    @Test func tenFailuresOfAnAccountCloseItForAQuarterOfAnHour() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            for _ in 0..<10 {
                try await attempt(server, "eva@example.org", "wrong").expect(401)
                server.clock.advance(seconds: 1)
            }
            let closed = try await attempt(server, "EVA@example.org")
            try closed.expectError(429, "too_many_attempts")
            // The first failure was ten seconds ago.
            #expect(closed["retry-after"] == "890")
            try await attempt(server).expect(200)
            server.clock.advance(seconds: 889)
            try await attempt(server, "eva@example.org").expect(429)
            server.clock.advance(seconds: 1)
            try await attempt(server, "eva@example.org").expect(200)
            // One failure has left the window, so one more is allowed.
            try await attempt(server, "eva@example.org", "wrong").expect(401)
            try await attempt(server, "eva@example.org").expect(429)
        }
    }

    @Test(arguments: ["employees", "managers"]) func aResetOpensTheAccountAgain(kind: String) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let body = #"{"email": "eva", "password": "\#(TestServer.password)"}"#
            try await server.post("/api/\(kind)", body, as: admin).expect(201)
            for _ in 0..<10 { try await attempt(server, "eva", "wrong").expect(401) }
            try await attempt(server, "eva").expect(429)
            try await server.post(
                "/api/\(kind)/eva/password",
                #"{"password": "set by somebody", "currentPassword": "\#(TestServer.password)"}"#, as: admin
            ).expect(200)
            try await attempt(server, "eva", "set by somebody").expect(200)
            // It is open for new guesses, ten of them.
            for _ in 0..<10 { try await attempt(server, "eva", "wrong").expect(401) }
            try await attempt(server, "eva", "set by somebody").expect(429)
        }
    }

    @Test func anAccountThatIsMadeAgainIsOpen() async throws {
        try await TestServer.run { server in
            for _ in 0..<10 { try await attempt(server, "eva@example.org", "wrong").expect(401) }
            try await attempt(server, "eva@example.org", "wrong").expect(429)
            _ = try await server.employee()
        }
    }

    @Test func anOwnPasswordChangeForgetsTheGuesses() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            for _ in 0..<9 { try await attempt(server, "eva@example.org", "wrong").expect(401) }
            try await server.post(
                APIPath.password,
                #"{"currentPassword": "\#(TestServer.password)", "newPassword": "another password"}"#, as: eva
            ).expect(200)
            for _ in 0..<10 { try await attempt(server, "eva@example.org", "wrong").expect(401) }
            try await attempt(server, "eva@example.org", "another password").expect(429)
        }
    }

    /// A keyboard may compose its characters, and another may not.
    @Test func aPasswordIsTheSameHoweverItWasTyped() async throws {
        try await TestServer.run { server in
            let body = #"{"email": "eva@example.org", "password": "Zoe\u0308 am Flusse"}"#
            try await server.post(APIPath.employees, body, as: try await server.admin()).expect(201)
            for password in ["Zo\u{EB} am Flusse", "Zoe\u{308} am Flusse", "Zo\u{EB}\u{A0}am\u{2003}Flusse"] {
                try await attempt(server, "eva@example.org", password).expect(200)
            }
            try await attempt(server, "eva@example.org", "Zoe am Flusse").expect(401)
            let eva = try await server.login("eva@example.org", "Zo\u{EB} am Flusse")
            let change = #"{"currentPassword": "Zo\u00eb am Flusse", "newPassword": "Zoe\u0308 am Flusse"}"#
            try await server.post(APIPath.password, change, as: eva).expectError(400, "invalid_field")
        }
    }

    @Test func unknownAccountsAreClosedLikeOthers() async throws {
        try await TestServer.run { server in
            for _ in 0..<10 { try await attempt(server, "nobody", "wrong").expect(401) }
            try await attempt(server, "NOBODY", "wrong").expect(429)
        }
    }

    @Test func fiftyFailuresOfAnAddressCloseIt() async throws {
        try await TestServer.run { server in
            let before = try await server.admin()
            for number in 0..<50 {
                try await attempt(server, "person\(number)@example.org", "wrong").expect(401)
            }
            let closed = try await attempt(server)
            try closed.expectError(429, "too_many_attempts")
            #expect(closed["retry-after"] == "900")
            try await server.get(APIPath.organization, as: before).expect(200)
            server.clock.advance(seconds: 900)
            try await attempt(server).expect(200)
        }
    }

    @Test func parallelGuessesGetNoMoreAttempts() async throws {
        try await TestServer.run { server in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<30 {
                    group.addTask { try await attempt(server, "eva@example.org", "wrong").status }
                }
                return try await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [401: 10, 429: 20])
        }
    }

    @Test func successesNeverCount() async throws {
        try await TestServer.run { server in
            for _ in 0..<60 { try await attempt(server).expect(200) }
        }
    }

    @Test func aWrongCurrentPasswordCountsAsAGuess() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let change = #"{"currentPassword": "wrong", "newPassword": "another password"}"#
            for _ in 0..<10 {
                try await server.post(APIPath.password, change, as: eva).expectError(401, "invalid_credentials")
            }
            try await server.post(APIPath.password, change, as: eva).expectError(429, "too_many_attempts")
            try await attempt(server, "eva@example.org").expect(429)
        }
    }
}
