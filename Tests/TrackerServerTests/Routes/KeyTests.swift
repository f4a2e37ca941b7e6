import JSON
import Shared
import SocketIO
import Testing

@testable import TrackerServer

/// Programs that send a key in place of a token.
@Suite(.timeLimit(.minutes(2)))
struct KeyTests {
    private struct Key {
        let id: String
        /// A program that has it.
        let program: Person
    }

    private func make(
        _ server: TestServer, _ person: Person, scope: String = "read", name: String = "report", days: Int? = nil
    ) async throws -> Key {
        let days = days.map { #", "expiresInDays": \#($0)"# } ?? ""
        let reply = try await server.post(
            APIPath.keys, #"{"name": "\#(name)", "scope": "\#(scope)"\#(days)}"#, as: person)
        reply.expect(201)
        return Key(
            id: try #require(try reply[member: "key"]?.object?["id"]?.text),
            program: Person(email: person.email, token: try #require(try reply[member: "secret"]?.text)))
    }

    private func ids(_ server: TestServer, _ person: Person) async throws -> [String] {
        let reply = try await server.get(APIPath.keys, as: person)
        reply.expect(200)
        return try #require(try reply[member: "keys"]?.array).compactMap { $0.object?["id"]?.text }
    }

    private func expectEnded(_ server: TestServer, _ key: Key, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        try await server.get(APIPath.organization, as: key.program)
            .expectError(401, "invalid_token", sourceLocation: sourceLocation)
    }

    @Test func theSecretIsShownOnceAndNeverStored() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let made = try await server.post(APIPath.keys, #"{"name": " report ", "scope": "read"}"#, as: manager)
            let key = try #require(try made[member: "key"]?.object)
            #expect(try #require(try made.json.object).members.map(\.key) == ["key", "secret"])
            #expect(key.members.map(\.key) == ["id", "name", "scope", "createdAt", "expiresAt", "lastUsedAt"])
            #expect(key["name"]?.text == "report")
            #expect(key["createdAt"]?.text == "2026-03-02T08:00:00.000Z")
            #expect(key["expiresAt"]?.text == "2026-05-31T08:00:00.000Z")
            #expect(key["lastUsedAt"] == .null)
            let secret = try #require(try made[member: "secret"]?.text)
            #expect(secret.wholeMatch(of: /tt_[A-Za-z0-9_-]{43}/) != nil)
            #expect(try await !server.get(APIPath.keys, as: manager).text.contains(secret))
            for (_, bytes) in try server.folders.snapshot() {
                #expect(!String(decoding: bytes, as: UTF8.self).contains(secret.dropFirst(3)))
            }
            let program = Person(email: manager.email, token: secret)
            server.clock.advance(seconds: 60)
            let me = try await server.get(APIPath.me, as: program)
            #expect(try me[member: "email"]?.text == manager.email)
            #expect(try me[member: "expiresAt"]?.text == "2026-05-31T08:00:00.000Z")
            let row = try #require(
                try await server.get(APIPath.keys, as: manager)[member: "keys"]?.array?.first?.object)
            #expect(row["lastUsedAt"]?.text == "2026-03-02T08:01:00.000Z")
            #expect(row["account"]?.text == manager.email)
        }
    }

    @Test func aKeyOfScopeReadChangesNothing() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let reader = try await make(server, manager).program
            try await server.get(APIPath.employees, as: reader).expect(200)
            let before = try server.folders.snapshot()
            try await server.post(APIPath.employees, #"{"email": "eva"}"#, as: reader).expectError(403, "forbidden")
            try await server.delete("/api/employees/eva", as: reader).expectError(403, "forbidden")
            #expect(try server.folders.snapshot() == before)
            let writer = try await make(server, manager, scope: "manage").program
            try await server.post(APIPath.employees, #"{"email": "eva"}"#, as: writer).expect(201)
            try await server.get(APIPath.managers, as: writer).expectError(403, "forbidden")
            try await server.post(APIPath.keys, #"{"name": "x", "scope": "read"}"#, as: writer)
                .expectError(403, "forbidden")
        }
    }

    @Test func keysEndInTheirTimeByHandAndWithTheirAccount() async throws {
        try await TestServer.run { server in
            let (admin, manager) = (try await server.admin(), try await server.manager())
            let other = try await server.manager("other@example.org")
            let day = try await make(server, manager, days: 1)
            server.clock.advance(seconds: 1)
            let keys = [day, try await make(server, manager, scope: "manage")]
            #expect(try await ids(server, manager) == keys.map(\.id))
            #expect(try await ids(server, other) == [])
            try await server.delete("\(APIPath.keys)/\(keys[0].id)", as: other).expectError(404, "not_found")
            #expect(try await ids(server, admin) == keys.map(\.id))
            server.clock.advance(seconds: 86_398)
            try await server.get(APIPath.organization, as: keys[0].program).expect(200)
            server.clock.advance(seconds: 1)
            try await expectEnded(server, keys[0])
            let again = [try await server.login(manager.email), try await server.admin()]
            #expect(try await ids(server, again[0]) == [keys[1].id])
            // A program that is done gives its own key back.
            try await server.delete("\(APIPath.keys)/\(keys[1].id)", as: keys[1].program).expect(204)
            try await expectEnded(server, keys[1])
            let third = try await make(server, again[0])
            try await server.delete("\(APIPath.keys)/\(third.id)", as: again[1]).expect(204)
            try await expectEnded(server, third)
            let fourth = try await make(server, again[0])
            try await server.delete(server.path(ofManager: manager.email), as: again[1]).expect(204)
            try await expectEnded(server, fourth)
            _ = try await server.manager()
            try await expectEnded(server, fourth)
        }
    }

    @Test func aResetByAnotherEndsKeysAndAChangeByTheirOwnerDoesNot() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let key = try await make(server, manager)
            let change = #"{"currentPassword": "\#(TestServer.password)", "newPassword": "another long password"}"#
            try await server.post(APIPath.password, change, as: manager).expect(200)
            try await server.get(APIPath.organization, as: key.program).expect(200)
            let reset = try await server.post(
                server.path(ofManager: manager.email, "/password"),
                #"{"password": "set by somebody else", "currentPassword": "\#(TestServer.password)"}"#,
                as: try await server.admin())
            reset.expect(200)
            try await expectEnded(server, key)
        }
    }

    @Test func keysOutliveTheServer() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let people = TokenBox()
        try await TestServer.run(folders: folders) { server in
            await people.keep([try await make(server, try await server.manager()).program])
        }
        try await TestServer.run(folders: folders) { server in
            let program: Person = try #require(await people.people.first)
            try await server.get(APIPath.organization, as: program).expect(200)
        }
    }

    @Test(arguments: [
        #"{"scope": "read"}"#, #"{"name": "", "scope": "read"}"#, #"{"name": "x"}"#, #"{"name": "x", "scope": "all"}"#,
        #"{"name": "x", "scope": "read", "expiresInDays": 0}"#,
        #"{"name": "x", "scope": "read", "expiresInDays": 366}"#,
        #"{"name": "x\u0007", "scope": "read"}"#,
    ])
    func aKeyThatIsNotAskedForProperlyIsNotMade(body: String) async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            try await server.post(APIPath.keys, body, as: manager).expectError(400, "invalid_field")
            #expect(try await ids(server, manager) == [])
        }
    }

    @Test func anAccountHasSoManyKeysAndNoMore() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            for _ in 1..<APIKey.most { _ = try await make(server, manager) }
            let last = try await make(server, manager)
            try await server.post(APIPath.keys, #"{"name": "x", "scope": "read"}"#, as: manager)
                .expectError(409, "conflict")
            try await server.delete("\(APIPath.keys)/\(last.id)", as: manager).expect(204)
            _ = try await make(server, manager)
        }
    }

    @Test func aFollowerOfEventsIsCutOffWithItsKey() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let key = try await make(server, manager)
            let follower = try await EventFollower(server, as: key.program)
            try await server.delete("\(APIPath.keys)/\(key.id)", as: manager).expect(204)
            _ = try await follower.wire.text(through: EventFollower.lastChunk)
        }
    }

    @Test func aKeyIsNoCookieAndOpensNoSocket() async throws {
        try await TestServer.run { server in
            let key = try await make(server, try await server.manager(), scope: "manage")
            try await server.get(APIPath.organization, headers: ["Cookie": "tracker_session=\(key.program.token)"])
                .expect(401)
            let socket = try await PollingSocket.opened(server)
            try await socket.connect(.object(["token": .string(key.program.token)]))
            _ = try await socket.packet("44{")
        }
    }
}
