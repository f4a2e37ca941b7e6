import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// How tokens end, and what an account with a temporary password may do.
struct TokenTests {
    /// Checks what the token gives: 200 where it works, 401 where it has ended.
    private func expect(
        _ status: Int, _ server: TestServer, _ person: Person, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await server.get(APIPath.captureInterval + "?employeeId=eva@example.org", as: person)
            .expect(status, sourceLocation: sourceLocation)
    }

    private func person(_ reply: Reply, _ email: String = "eva@example.org") throws -> Person {
        Person(email: email, token: try LoginResponse(json: try reply.json).token)
    }

    @Test func logoutEndsThatTokenAlone() async throws {
        try await TestServer.run { server in
            let first = try await server.employee()
            let second = try await server.login(first.email)
            let reply = try await server.post(APIPath.logout, as: first)
            #expect(reply.status == 204)
            #expect(reply.body.isEmpty)
            #expect(reply["set-cookie"] == SessionCookie.clearing(isSecure: false))
            try await server.post(APIPath.logout, as: first).expectError(401, "invalid_token")
            try await expect(401, server, first)
            try await expect(200, server, second)
        }
    }

    @Test func aLogoutOutlivesTheServer() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let tokens = TokenBox()
        try await TestServer.run(folders: folders) { server in
            let first = try await server.employee()
            await tokens.keep([first, try await server.login(first.email)])
            try await server.post(APIPath.logout, as: first).expect(204)
        }
        try await TestServer.run(folders: folders) { server in
            let people = await tokens.people
            try await expect(401, server, people[0])
            try await expect(200, server, people[1])
        }
    }

    @Test func itSaysWhoseItIs() async throws {
        try await TestServer.run(["TRACKER_TIME_ZONE": "Europe/Berlin"]) { server in
            let eva = try await server.employee("eva")
            let expected =
                #"{"email":"eva","name":"","role":"employee","expiresAt":"2026-03-02T16:00:00.000Z","#
                + #""mustChangePassword":false,"zone":"Europe/Berlin"}"#
            try await server.get(APIPath.me, as: eva).expect(200, expected)
            let reset = try await server.post(
                "\(APIPath.employees)/eva/password", "{}", as: try await server.admin())
            let password = try #require(try reset[member: "temporaryPassword"]?.text)
            let again = try await server.login("eva", password)
            #expect(try await server.get(APIPath.me, as: again)[member: "mustChangePassword"] == .bool(true))
            try await server.get(APIPath.me).expectError(401, "unauthorized")
        }
    }

    @Test func refreshGivesEightMoreHours() async throws {
        try await TestServer.run { server in
            let old = try await server.employee()
            server.clock.advance(seconds: 4 * 3600)
            let reply = try await server.post(APIPath.refresh, as: old)
            let login = try LoginResponse(json: try reply.json)
            #expect(login.expiresAt.iso8601 == "2026-03-02T20:00:00.000Z")
            #expect(login.token != old.token)
            #expect(reply["set-cookie"] == nil)
            server.clock.advance(seconds: 4 * 3600)
            try await expect(401, server, old)
            try await expect(200, server, try person(reply))
        }
    }

    @Test func changingThePasswordEndsOlderTokens() async throws {
        try await TestServer.run { server in
            let first = try await server.employee()
            let second = try await server.login(first.email)
            let reply = try await server.post(
                APIPath.password,
                #"{"currentPassword": "\#(TestServer.password)", "newPassword": "another password"}"#, as: first)
            #expect(reply.status == 200)
            try await expect(401, server, first)
            try await expect(401, server, second)
            try await expect(200, server, try person(reply))
            try await expect(200, server, try await server.login(first.email, "another password"))
            try await server.post(
                APIPath.login, #"{"email": "eva@example.org", "password": "\#(TestServer.password)"}"#
            ).expectError(401, "invalid_credentials")
        }
    }

    @Test func ofTwoChangesAtTheSameTimeOneWins() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<2 {
                    let change =
                        #"{"currentPassword": "\#(TestServer.password)", "newPassword": "password of \#(number)"}"#
                    group.addTask { try await server.post(APIPath.password, change, as: eva).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == [200, 401])
        }
    }

    @Test func resetRemovalAndAddingAgainEndOlderTokens() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let first = try await server.employee()
            let path = server.path(ofEmployee: first.email)
            try await server.post(path + "/password", #"{"password": "set by somebody"}"#, as: admin).expect(200)
            try await expect(401, server, first)
            let second = try await server.login(first.email, "set by somebody")
            try await server.delete(path, as: admin).expect(204)
            try await expect(401, server, second)
            let third = try await server.employee()
            try await expect(401, server, first)
            try await expect(401, server, second)
            try await expect(200, server, third)
        }
    }

    /// A client must know that nothing it keeps will ever be taken: the words are those of any token that does not work.
    @Test func aTokenOfAnAccountThatIsGoneSaysSo() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            let ended = try await server.login("eva")
            let other = try await server.employee("tom")
            try await server.post(APIPath.logout, as: ended).expect(204)
            try await server.get(APIPath.workMe, as: ended).expectError(401, "invalid_token")
            try await server.delete(server.path(ofEmployee: "eva"), as: admin).expect(204)
            for person in [eva, ended] {
                try await server.get(APIPath.workMe, as: person)
                    .expect(401, #"{"error":"Invalid token","code":"account_removed"}"#)
                try await server.post(APIPath.refresh, as: person).expectError(401, "account_removed")
                let cookie = ["Cookie": "tracker_session=x; tracker_session=\(person.token)"]
                try await server.get(APIPath.workMe, headers: cookie).expectError(401, "account_removed")
            }
            // Somebody else has the id: a second later, and for ever after.
            server.clock.advance(seconds: 1)
            let new = try await server.employee("eva")
            try await server.get(APIPath.workMe, as: eva).expectError(401, "account_removed")
            try await server.get(APIPath.workMe, as: new).expect(200)
            // Also when it has expired, as after a weekend; others' say that they have.
            server.clock.advance(seconds: Tokens.lifetimeSeconds)
            try await server.get(APIPath.workMe, as: eva).expectError(401, "account_removed")
            try await server.get(APIPath.workMe, as: new).expectError(401, "invalid_token")
            try await server.get(APIPath.workMe, as: other).expectError(401, "invalid_token")
        }
    }

    @Test func tokensOfOthersAreNotValid() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let user = User(email: eva.email, name: "", role: .employee, createdAt: server.clock.now)
            let id = AccountID(stored: eva.email)
            let signIn = try #require(server.environment.store.peek { $0.signIns(of: id, at: server.clock.now) }.first)
            var later = signIn
            later.version = 2
            let tokens = server.environment.accounts.tokens
            let foreign = try await Tokens(secret: Array(repeating: 7, count: 32))
                .make(for: user, signIn, at: server.clock.now)
            let raised = try await tokens.make(
                for: User(email: eva.email, name: "", role: .superAdmin, createdAt: server.clock.now), signIn,
                at: server.clock.now)
            let unversioned = try await tokens.make(for: user, later, at: server.clock.now)
            let unknown = SignIn(
                id: UUID().uuidString.lowercased(), version: 1, createdAt: signIn.createdAt,
                expiresAt: signIn.expiresAt, lastUsedAt: signIn.lastUsedAt, origin: signIn.origin)
            let unrecorded = try await tokens.make(for: user, unknown, at: server.clock.now)
            let parts = eva.token.split(separator: ".")
            let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\(parts[1])."
            let cut = String(eva.token.dropLast(3))
            for token in [foreign, raised, unversioned, unrecorded, unsigned, cut, eva.token + "x"] {
                try await expect(401, server, Person(email: eva.email, token: token))
            }
            try await expect(200, server, eva)
        }
    }

    @Test func aTemporaryPasswordMustBeChangedFirst() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let added = try await server.post(APIPath.employees, #"{"email": "eva@example.org"}"#, as: admin)
            let temporary = try #require(try added[member: "temporaryPassword"]?.text)
            let login = try await server.post(
                APIPath.login, #"{"email": "eva@example.org", "password": "\#(temporary)"}"#)
            #expect(try LoginResponse(json: try login.json).mustChangePassword)
            let eva = try person(login)
            let before = try server.folders.snapshot()
            for path in [APIPath.workStart, APIPath.workHeartbeat, APIPath.workStop, APIPath.refresh] {
                try await server.post(path, as: eva).expectError(403, "password_change_required")
            }
            for path in [APIPath.workMe, APIPath.captureInterval, APIPath.uploadsList, "/uploads/x.png"] {
                try await server.get(path, as: eva).expectError(403, "password_change_required")
            }
            try await server.upload(.image(), as: eva).expectError(403, "password_change_required")
            try await server.get(APIPath.organization, as: eva).expectError(403, "forbidden")
            #expect(try server.folders.snapshot() == before)

            let changed = try await server.post(
                APIPath.password,
                #"{"currentPassword": "\#(temporary)", "newPassword": "my own password"}"#, as: eva)
            #expect(try !LoginResponse(json: try changed.json).mustChangePassword)
            try await server.get(APIPath.workMe, as: try person(changed)).expect(200)
        }
    }

    @Test func logoutIsAllowedWithATemporaryPassword() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let reset = try await server.post(
                server.path(ofEmployee: eva.email, "/password"), as: try await server.admin())
            let temporary = try #require(try reset[member: "temporaryPassword"]?.text)
            let again = try await server.login(eva.email, temporary)
            try await server.post(APIPath.logout, as: again).expect(204)
            try await server.post(APIPath.logout, as: again).expectError(401, "invalid_token")
        }
    }

    @Test func theNewPasswordMustFollowTheRule() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let long = String(repeating: "x", count: 257)
            for password in ["", "too short", long, TestServer.password] {
                try await server.post(
                    APIPath.password,
                    #"{"currentPassword": "\#(TestServer.password)", "newPassword": "\#(password)"}"#, as: eva
                ).expectError(400, "invalid_field")
            }
            for password in ["ten chars!", String(repeating: "äbcde", count: 51) + "f"] {
                let current = password == "ten chars!" ? TestServer.password : "ten chars!"
                let person = try await server.login(eva.email, current)
                let reply = try await server.post(
                    APIPath.password,
                    #"{"currentPassword": "\#(current)", "newPassword": "\#(password)"}"#, as: person)
                #expect(reply.status == 200)
            }
        }
    }
}

/// Carries people from one run of a server to the next.
actor TokenBox {
    private(set) var people: [Person] = []

    func keep(_ people: [Person]) { self.people = people }
}
