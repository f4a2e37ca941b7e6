import Crypto
import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Logins as their owners see and end them.
@Suite(.timeLimit(.minutes(2)))
struct SignInListTests {
    private func login(_ server: TestServer, _ email: String, client: String) async throws -> Person {
        let reply = try await server.post(
            APIPath.login, JSONText.object(["email": .string(email), "password": .string(TestServer.password)]),
            headers: ["User-Agent": client])
        return Person(email: email, token: try LoginResponse(json: try reply.json).token)
    }

    private func refresh(_ server: TestServer, _ person: Person) async throws -> Person {
        let reply = try await server.post(APIPath.refresh, as: person)
        return Person(email: person.email, token: try LoginResponse(json: try reply.json).token)
    }

    private func list(_ server: TestServer, _ person: Person) async throws -> [JSONObject] {
        let reply = try await server.get(APIPath.sessions, as: person)
        reply.expect(200)
        return try #require(try reply[member: "sessions"]?.array).compactMap(\.object)
    }

    private func id(_ row: JSONObject) throws -> String { try #require(row["id"]?.text) }

    private func works(_ server: TestServer, _ person: Person) async throws -> Bool {
        try await server.get(APIPath.me, as: person).status == 200
    }

    @Test func theListHasEachLoginOnce() async throws {
        try await TestServer.run { server in
            let first = try await server.employee("eva")
            server.clock.advance(seconds: 60)
            let second = try await login(server, "eva", client: "Fire\u{9}fox ")
            server.clock.advance(seconds: 60)
            _ = try await refresh(server, second)
            let rows = try await list(server, first)
            #expect(
                rows.map { Array($0.members.map(\.key)) }
                    == Array(
                        repeating: ["id", "createdAt", "expiresAt", "lastUsedAt", "address", "client", "current"],
                        count: 2))
            #expect(rows.map { $0["createdAt"]?.text } == ["2026-03-02T08:01:00.000Z", "2026-03-02T08:00:00.000Z"])
            #expect(rows.map { $0["expiresAt"]?.text } == ["2026-03-02T16:02:00.000Z", "2026-03-02T16:00:00.000Z"])
            #expect(rows.map { $0["lastUsedAt"]?.text } == ["2026-03-02T08:02:00.000Z", "2026-03-02T08:02:00.000Z"])
            #expect(rows.map { $0["address"]?.text } == ["127.0.0.1", "127.0.0.1"])
            #expect(rows.map { $0["client"]?.text } == ["Firefox", ""])
            #expect(rows.map { $0["current"] } == [.bool(false), .bool(true)])
            let others = try await list(server, try await server.employee("tom"))
            #expect(others.count == 1)
        }
    }

    @Test func logoutEndsAllTokensOfItsLoginAndNoOther() async throws {
        try await TestServer.run { server in
            let first = try await server.employee("eva")
            let other = try await server.login("eva")
            let second = try await refresh(server, first)
            let third = try await refresh(server, first)
            for person in [first, second, third] { #expect(try await works(server, person)) }
            try await server.post(APIPath.logout, as: second).expect(204)
            for person in [first, second, third] { #expect(try await !works(server, person)) }
            #expect(try await works(server, other))
            try await server.post(APIPath.refresh, as: first).expectError(401, "invalid_token")
        }
    }

    @Test func aLogoutBesideRefreshesLeavesNoTokenThatWorks() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("eva")
            for _ in 0..<20 {
                let person = try await server.login("eva")
                let tokens = try await withThrowingTaskGroup(of: Reply.self) { group in
                    for number in 0..<4 {
                        group.addTask {
                            try await server.post(number == 2 ? APIPath.logout : APIPath.refresh, as: person)
                        }
                    }
                    return try await group.reduce(into: [String]()) { tokens, reply in
                        if reply.status == 200 { tokens.append(try LoginResponse(json: try reply.json).token) }
                    }
                }
                for token in tokens + [person.token] {
                    #expect(try await !works(server, Person(email: "eva", token: token)))
                }
            }
        }
    }

    @Test func refreshLeavesTheOlderTokenUntilItsOwnEnd() async throws {
        try await TestServer.run { server in
            let first = try await server.employee("eva")
            server.clock.advance(seconds: 3600)
            let second = try await refresh(server, first)
            server.clock.advance(seconds: 7 * 3600 - 1)
            #expect(try await works(server, first))
            server.clock.advance(seconds: 1)
            #expect(try await !works(server, first))
            #expect(try await works(server, second))
        }
    }

    @Test func aSignInEndsAfterSoManyDaysHoweverOftenItIsRefreshed() async throws {
        try await TestServer.run(["SIGN_IN_MAX_DAYS": "2"]) { server in
            var person = try await server.employee("eva")
            for _ in 0..<12 {
                server.clock.advance(seconds: 4 * 3600 - 300)
                person = try await refresh(server, person)
            }
            // An hour before its end.
            let reply = try await server.post(
                APIPath.refresh,
                headers: ["Cookie": "tracker_session=\(person.token)", "X-Requested-With": "tracker"])
            #expect(reply["set-cookie"]?.hasSuffix("Max-Age=3600") == true)
            let row = try #require(try await list(server, person).last)
            #expect(row["expiresAt"]?.text == "2026-03-04T08:00:00.000Z")
            server.clock.advance(seconds: 3599)
            #expect(try await works(server, person))
            server.clock.advance(seconds: 1)
            #expect(try await !works(server, person))
        }
    }

    @Test func itsOwnerEndsASignIn() async throws {
        try await TestServer.run { server in
            let first = try await server.employee("eva")
            server.clock.advance(seconds: 1)
            let second = try await server.login("eva")
            let tom = try await server.employee("tom")
            let rows = try await list(server, first)
            let (secondID, firstID) = (try id(rows[0]), try id(rows[1]))
            try await server.delete("\(APIPath.sessions)/\(secondID)", as: tom).expectError(404, "not_found")
            try await server.delete("\(APIPath.sessions)/nothing", as: first).expectError(404, "not_found")
            try await server.delete("\(APIPath.sessions)/\(secondID)", as: first).expect(204)
            try await server.delete("\(APIPath.sessions)/\(secondID)", as: first).expectError(404, "not_found")
            #expect(try await !works(server, second))
            try await server.delete("\(APIPath.sessions)/\(firstID)", as: first).expect(204)
            #expect(try await !works(server, first))
            #expect(try await works(server, tom))
        }
    }

    @Test func anAdministratorEndsAllOfAnAccount() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = [try await server.employee("eva"), try await server.login("eva")]
            let manager = try await server.manager()
            let path = "/api/accounts/eva/sessions"
            for person in [eva[0], manager] { try await server.delete(path, as: person).expectError(403, "forbidden") }
            try await server.delete("/api/accounts/nobody/sessions", as: admin).expectError(404, "not_found")
            try await server.delete(path, as: admin).expect(204)
            for person in eva { #expect(try await !works(server, person)) }
            #expect(try await works(server, manager))
            // The password stays.
            #expect(try await works(server, try await server.login("eva")))
            try await server.delete("/api/accounts/\(TestServer.admin)/sessions", as: admin).expect(204)
            #expect(try await !works(server, admin))
        }
    }

    @Test func theOneThatWasUsedLongestAgoMakesRoom() async throws {
        try await TestServer.run { server in
            var people = [try await server.employee("eva")]
            for _ in 1..<SignIn.most {
                server.clock.advance(seconds: 1)
                people.append(try await server.login("eva"))
            }
            server.clock.advance(seconds: 1)
            #expect(try await works(server, people[0]))
            let last = try await server.login("eva")
            #expect(try await list(server, last).count == SignIn.most)
            #expect(try await !works(server, people[1]))
            #expect(try await works(server, people[0]))
            #expect(try await works(server, people[2]))
        }
    }

    @Test func theTimeOfTheLastUseIsWrittenDownNowAndThen() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let tokens = TokenBox()
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            await tokens.keep([eva])
            server.clock.advance(seconds: 60)
            let before = try folders.snapshot()
            #expect(try await works(server, eva))
            #expect(try folders.snapshot() == before, "a request costs no write")
            let environment = server.environment
            let keeper = LastUseKeeper(
                store: environment.store, uses: environment.accounts.uses, now: environment.now,
                logger: environment.logger)
            await keeper.write()
            let written = try folders.snapshot()
            #expect(written != before)
            await keeper.write()
            #expect(try folders.snapshot() == written, "there is nothing new")
        }
        try await TestServer.run(at: "2026-03-02T09:00:00.000Z", folders: folders) { server in
            let id = AccountID(stored: "eva")
            let signIns = server.environment.store.peek { $0.signIns(of: id, at: server.clock.now) }
            #expect(signIns.map(\.lastUsedAt.iso8601) == ["2026-03-02T08:01:00.000Z"])
            let token = try #require(await tokens.people.first)
            #expect(try await works(server, token))
        }
    }

    /// A token as earlier versions of the server made them, whose id is that of no sign-in.
    private func earlierToken(_ server: TestServer, _ email: String) throws -> Person {
        let secret = try #require(
            JWTSecret.secret(
                in: Array(try String(contentsOfFile: server.folders.data + "/jwt_secret", encoding: .utf8).utf8)))
        let now = Int(server.clock.now.milliseconds / 1000)
        let claims = JSONText.object([
            "sub": .string(email), "role": .string("employee"), "iat": .number(now), "exp": .number(now + 28_800),
            "jti": .string(UUID().uuidString.lowercased()), "ver": .number(1),
        ])
        let text = [#"{"alg":"HS256","typ":"JWT"}"#, claims].map { base64URL(Data($0.utf8)) }.joined(separator: ".")
        let seal = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: secret))
        return Person(email: email, token: text + "." + base64URL(Data(seal)))
    }

    private func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    @Test func tokensOfEarlierVersionsAreSignInsOfTheirOwn() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("eva")
            let old = try (0..<4).map { _ in try earlierToken(server, "eva") }
            for person in old { #expect(try await works(server, person)) }
            let rows = try await list(server, old[0])
            #expect(rows.map { $0["current"] } == [.bool(true), .bool(false)])
            #expect(rows[0]["expiresAt"]?.text == "2026-03-02T16:00:00.000Z")
            try await server.delete("\(APIPath.sessions)/\(try id(rows[0]))", as: old[0]).expect(204)
            #expect(try await !works(server, old[0]))
            try await server.post(APIPath.logout, as: old[1]).expect(204)
            #expect(try await !works(server, old[1]))
            // Refreshed, it is a sign-in like others.
            server.clock.advance(seconds: 60)
            let renewed = try await refresh(server, old[2])
            #expect(try await works(server, old[2]))
            #expect(
                try await list(server, old[2]).map { $0["createdAt"]?.text }
                    == Array(
                        repeating: "2026-03-02T08:00:00.000Z", count: 2))
            try await server.post(APIPath.logout, as: renewed).expect(204)
            for person in [old[2], renewed] { #expect(try await !works(server, person)) }
            try await server.delete("/api/accounts/eva/sessions", as: try await server.admin()).expect(204)
            #expect(try await !works(server, old[3]))
        }
    }

    @Test func whatGoesOnWithASignInEndsWithIt() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let other = try await server.login(manager.email)
            let follower = try await EventFollower(server, as: other)
            let row = try #require(try await list(server, manager).first { $0["current"] == .bool(false) })
            try await server.delete("\(APIPath.sessions)/\(try id(row))", as: manager).expect(204)
            #expect(try await follower.wire.text(through: EventFollower.lastChunk).isEmpty == false)
        }
    }
}
