import JSON
import Shared
import Testing

@testable import TrackerServer

/// Live view by requests, with an employee who only says what the test wants.
@Suite(.timeLimit(.minutes(2)))
struct LiveTests {
    private static let ann = "Ann@example.org"
    private static let boss = "max@example.org"
    private static let first = "2026-03-02T08:00:00.000Z"

    /// A server with an employee at work and a manager.
    private func run(
        _ settings: [String: String] = [:], deadlines: Deadlines = Deadlines(),
        _ body: @Sendable (TestServer, _ employee: Person, _ manager: Person) async throws -> Void
    ) async throws {
        try await TestServer.run(settings, deadlines: deadlines) { server in
            let employee = try await server.employee(Self.ann)
            try await server.post(APIPath.workStart, as: employee).expect(201)
            try await body(server, employee, try await server.manager(Self.boss))
        }
    }

    private static func path(_ what: String, of employee: String = ann, _ query: String = "") -> String {
        "/api/live/\(employee)/\(what)\(query)"
    }

    private static func by(_ name: String) -> JSONValue { .object(["by": .string(name)]) }

    /// A stream whose head has come.
    private func stream(_ server: TestServer, as person: Person, of employee: String = ann) async throws -> Wire {
        let wire = try Wire(port: server.port)
        try await wire.send(
            "GET \(Self.path("stream", of: employee)) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(person.token)\r\n\r\n"
        )
        let head = try await wire.text(through: "\r\n\r\n")
        try #require(head.hasPrefix("HTTP/1.1 200"), "\(head)")
        return wire
    }

    /// The chunk that ends an answer (RFC 9112, section 7.1).
    private static let lastChunk = "\r\n0\r\n\r\n"

    // MARK: Requests of one person at the same time

    @Test func theFirstRequestsAtTheSameTimeAreOneWatchThatEnds() async throws {
        let deadlines = Deadlines(frame: .milliseconds(50), frameWatch: .milliseconds(200))
        try await run(deadlines: deadlines) { server, employee, manager in
            let socket = try await PollingSocket.join(server, as: employee)
            for _ in 0..<10 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await server.get(Self.path("frame"), as: manager).expectError(504, "no_frame")
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
                #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
            }
        }
    }

    @Test func eachRequestProlongsTheWatch() async throws {
        try await run(deadlines: Deadlines(frameWatch: .seconds(2))) { server, employee, manager in
            let socket = try await PollingSocket.join(server, as: employee)
            async let asked = server.get(Self.path("frame"), as: manager)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await socket.sendFrame(Self.ann, ts: Self.first)
            #expect(try await asked.status == 200)
            let begin = ContinuousClock.now
            while ContinuousClock.now - begin < .seconds(3) {
                try await server.get(Self.path("frame"), as: manager).expect(200)
            }
            // Nobody was told of an end meanwhile: it is the next thing that is heard.
            let reply = try await server.get(Self.path("frame"), as: manager)
            #expect(reply.body == PollingSocket.picture)
            #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
        }
    }

    @Test func aStreamWhoseConnectionIsGoneIsNoWatch() async throws {
        try await run { server, employee, manager in
            let socket = try await PollingSocket.join(server, as: employee)
            for _ in 0..<10 {
                let wire = try Wire(port: server.port)
                try await wire.send(
                    "GET \(Self.path("stream")) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(manager.token)\r\n\r\n"
                )
                #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
                // Before the answer, or at any moment of it.
                await wire.close()
                #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
            }
        }
    }

    @Test func whatStreamsIsNotToBeHeldBack() async throws {
        try await run { server, employee, manager in
            let headers = ["x-accel-buffering": "no", "cache-control": "no-store, no-transform"]
            try await server.send("HEAD", Self.path("stream"), as: manager).expect(404)
            let socket = try await PollingSocket.join(server, as: employee)
            let head = try await server.send("HEAD", Self.path("stream"), as: manager)
            head.expect(200)
            async let asked = server.get(Self.path("frame"), as: manager)
            // HEAD began nothing.
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await socket.sendFrame(Self.ann, ts: Self.first)
            let frame = try await asked
            frame.expect(200)
            for (name, value) in headers {
                #expect(head[name] == value)
                #expect(frame[name] == value)
            }
        }
    }

    // MARK: Authority

    /// What ends a manager's token.
    enum End: String, CaseIterable, Sendable {
        case logout, removal, reset, passwordChange, expiry

        var code: String { self == .removal ? "account_removed" : "invalid_token" }

        func happen(to manager: Person, _ server: TestServer) async throws {
            switch self {
            case .logout: try await server.post(APIPath.logout, as: manager).expect(204)
            case .removal:
                try await server.delete(server.path(ofManager: manager.email), as: try await server.admin()).expect(204)
            case .reset:
                try await server.post(
                    server.path(ofManager: manager.email, "/password"), TestServer.confirmation,
                    as: try await server.admin()
                ).expect(200)
            case .passwordChange:
                try await server.post(
                    APIPath.password,
                    JSONText.object([
                        "currentPassword": .string(TestServer.password), "newPassword": .string("another password"),
                    ]), as: manager
                ).expect(200)
            case .expiry: server.clock.advance(seconds: Tokens.lifetimeSeconds - 30)
            }
        }
    }

    /// The employee's token is younger than the manager's.
    private func runWithTwoAges(
        _ body: @Sendable (TestServer, _ socket: PollingSocket, _ manager: Person) async throws -> Void
    ) async throws {
        try await run(["SESSION_TIMEOUT_SECONDS": "86400"]) { server, _, manager in
            server.clock.advance(seconds: 60)
            let socket = try await PollingSocket.join(server, as: try await server.login(Self.ann))
            try await body(server, socket, manager)
        }
    }

    @Test(arguments: End.allCases)
    func aStreamEndsWithItsToken(end: End) async throws {
        try await runWithTwoAges { server, socket, manager in
            let stream = try await stream(server, as: manager)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await socket.sendFrame(Self.ann, ts: Self.first)
            _ = try await stream.text(through: "the rest of a picture")
            try await end.happen(to: manager, server)
            #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
            let rest = try await stream.text(through: Self.lastChunk)
            #expect(!rest.contains("image/png"))
        }
    }

    @Test(arguments: End.allCases)
    func aFrameThatIsWaitedForAndItsWatchEndWithTheirToken(end: End) async throws {
        try await runWithTwoAges { server, socket, manager in
            async let asked = server.get(Self.path("frame"), as: manager)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await end.happen(to: manager, server)
            #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
            try await asked.expectError(401, end.code)
        }
    }

    @Test(arguments: End.allCases)
    func aSocketThatWatchesEndsWithItsToken(end: End) async throws {
        try await runWithTwoAges { server, socket, manager in
            let watcher = try await PollingSocket.join(server, as: manager)
            _ = try await watcher.event("presence:list")
            try await watcher.emit("live_view:start", .object(["employeeId": .string(Self.ann)]))
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await end.happen(to: manager, server)
            #expect(try await socket.event("live_view:terminate") == Self.by(Self.boss))
            await #expect(throws: PollingSocket.Closed.self) { try await watcher.packet("42") }
        }
    }

    @Test func oneTokenOfAManagerMayEndAndTheOtherGoesOn() async throws {
        try await run { server, employee, manager in
            let socket = try await PollingSocket.join(server, as: employee)
            let other = try await server.login(Self.boss)
            let stream = try await stream(server, as: other)
            async let asked = server.get(Self.path("frame"), as: manager)
            for _ in 0..<2 { #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss)) }
            try await server.post(APIPath.logout, as: manager).expect(204)
            try await asked.expectError(401, "invalid_token")
            try await socket.sendFrame(Self.ann, ts: Self.first)
            _ = try await stream.text(through: "the rest of a picture")
        }
    }

    @Test func anEmployeeWhoIsRemovedIsWatchedByNobody() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager(Self.boss)
            let watcher = try await PollingSocket.join(server, as: manager)
            _ = try await watcher.event("presence:list")
            // At work, and not even online.
            for name in ["eva@example.org", Self.ann] { _ = try await server.employee(name) }
            let employee = try await server.login(Self.ann)
            try await server.post(APIPath.workStart, as: employee).expect(201)
            for name in ["eva@example.org", Self.ann] {
                try await watcher.emit("live_view:start", .object(["employeeId": .string(name)]))
                try await server.delete(server.path(ofEmployee: name), as: manager).expect(204)
                #expect(try await watcher.event("live_view:terminate") == Self.by(name))
            }
            // The next of that name is another.
            let next = try await server.employee(Self.ann)
            let socket = try await PollingSocket.join(server, as: next)
            #expect(try await watcher.event("presence:online") == .object(["userId": .string(Self.ann)]))
            try await watcher.emit("live_view:start", .object(["employeeId": .string(Self.ann)]))
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
        }
    }

    @Test func whoeverCeasesToWorkEndsNobodyElsesView() async throws {
        try await run { server, employee, manager in
            let other = try await server.employee("eva@example.org")
            let watcher = try await PollingSocket.join(server, as: manager)
            _ = try await watcher.event("presence:list")
            for name in ["eva@example.org", Self.ann] {
                try await watcher.emit("live_view:start", .object(["employeeId": .string(name)]))
            }
            try await server.post(APIPath.workStop, as: employee).expect(200)
            #expect(try await watcher.event("live_view:terminate") == Self.by(Self.ann))
            // Who is waited for, and has not begun yet, is watched from the beginning.
            let socket = try await PollingSocket.join(server, as: other)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
        }
    }

    // MARK: The employee's end

    @Test(
        arguments: [
            [], [.null], [.number(1)], [.string("x")], [.object([:])], [.object(["by": .number(1)])],
            [.object(["employeeId": .string("ann@example.org")])], [.array([]), .null],
        ] as [[JSONValue]])
    func whateverItsPayloadTerminateEndsTheView(payload: [JSONValue]) async throws {
        try await run { server, employee, manager in
            let watcher = try await PollingSocket.join(server, as: manager)
            let list = try await watcher.event("presence:list")
            #expect(list == .object(["users": .array([])]))
            let socket = try await PollingSocket.join(server, as: employee)
            _ = try await watcher.event("presence:online")
            let target = JSONValue.object(["employeeId": .string(Self.ann)])
            try await watcher.emit("live_view:start", target)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            let stream = try await stream(server, as: manager)
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await socket.emit(LiveEventName.liveViewTerminate, arguments: payload)
            #expect(try await watcher.event("live_view:terminate") == Self.by(Self.ann))
            _ = try await stream.text(through: Self.lastChunk)
            // Nothing begins it again but a watcher.
            let again = try await PollingSocket.join(server, as: employee)
            for own in [socket, again] { try await own.sendFrame(Self.ann, ts: Self.first) }
            try await watcher.emit("live_view:start", target)
            #expect(try await again.event("live_view:initiate") == Self.by(Self.boss))
            try await again.sendFrame(Self.ann, ts: "2026-03-02T08:00:05.000Z")
            let frame = try await watcher.event("live_view:frame")
            #expect(frame.object?["ts"]?.text == "2026-03-02T08:00:05.000Z")
        }
    }

    // MARK: Spelling, time and machines

    @Test func everythingCarriesTheAccountsSpelling() async throws {
        try await run { server, _, _ in
            let socket = try await PollingSocket.join(server, as: try await server.login("ANN@EXAMPLE.ORG"))
            let manager = try await server.login("MAX@example.org")
            let watcher = try await PollingSocket.join(server, as: manager)
            #expect(try await watcher.event("presence:list") == .object(["users": .array([.string(Self.ann)])]))
            try await watcher.emit("live_view:start", .object(["employeeId": .string("aNN@example.org")]))
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            for spelling in ["ann@EXAMPLE.org", Self.ann] {
                try await socket.sendFrame(spelling, ts: Self.first)
                let frame = try await watcher.event("live_view:frame")
                #expect(frame.object?.members.map(\.key) == ["employeeId", "frameBase64", "ts"])
                #expect(frame.object?["employeeId"]?.text == Self.ann)
            }
            let stream = try await stream(server, as: manager, of: "ANN@example.org")
            #expect(try await socket.event("live_view:initiate") == Self.by(Self.boss))
            try await server.post(APIPath.workStop, as: try await server.login("ann@example.org")).expect(200)
            #expect(try await watcher.event("live_view:terminate") == Self.by(Self.ann))
            #expect(try await socket.event("live_view:terminate") == Self.by(Self.ann))
            _ = try await stream.text(through: Self.lastChunk)
            let presence = try await server.get(APIPath.presence, as: manager)
            presence.expect(200, #"{"users":["\#(Self.ann)"]}"#)
        }
    }

    @Test func afterAPictureComesAnotherWhateverTheSendersClockSays() async throws {
        try await run { server, employee, manager in
            let socket = try await PollingSocket.join(server, as: employee)
            async let asked = server.get(Self.path("frame"), as: manager)
            _ = try await socket.event("live_view:initiate")
            try await socket.sendFrame(Self.ann, ts: "2026-03-02T09:00:00.000Z")
            #expect(try await asked["x-frame-timestamp"] == "2026-03-02T09:00:00.000Z")
            async let next = server.get(Self.path("frame", "?after=2026-03-02T09:00:00.000Z"), as: manager)
            // The sender's clock was an hour ahead, and is set right.
            try await socket.sendFrame(Self.ann, ts: Self.first)
            #expect(try await next["x-frame-timestamp"] == Self.first)
        }
    }

    @Test func ofTwoMachinesOneIsSeenAndTheAnswerSaysWhich() async throws {
        try await run { server, employee, manager in
            let other = try await server.login(Self.ann)
            let laptop = try await PollingSocket.join(server, as: employee, host: "Ann's laptop")
            let desk = try await PollingSocket.join(server, as: other, host: "desk")
            let stream = try await stream(server, as: manager)
            for socket in [laptop, desk] { _ = try await socket.event("live_view:initiate") }
            // The laptop began the work: only what sends nothing gives way to it.
            try await desk.sendFrame(Self.ann, ts: "1")
            #expect(try await stream.text(through: "the rest of a picture").contains("\r\nX-Frame-Host: desk\r\n"))
            try await laptop.sendFrame(Self.ann, ts: "2")
            let second = try await stream.text(through: "the rest of a picture")
            #expect(second.contains("X-Frame-Timestamp: 2\r\n") && second.contains("X-Frame-Host: Ann's%20laptop\r\n"))
            try await desk.sendFrame(Self.ann, ts: "3")
            try await server.post(APIPath.workStart, as: other).expect(200)
            try await desk.sendFrame(Self.ann, ts: "4")
            let third = try await stream.text(through: "the rest of a picture")
            #expect(third.contains("X-Frame-Timestamp: 4\r\n") && !third.contains("X-Frame-Timestamp: 3\r\n"))
            async let asked = server.get(Self.path("frame"), as: manager)
            _ = try await desk.event("live_view:initiate")
            try await desk.sendFrame(Self.ann, ts: "5")
            #expect(try await asked["x-frame-host"] == "desk")
        }
    }

    @Test(
        arguments: [
            .number(1), .string(String(repeating: "x", count: 101)), .string("two\nlines"), .array([]),
        ] as [JSONValue])
    func aHostThatIsNoNameIsRefusedWithTheReason(host: JSONValue) async throws {
        try await run { server, employee, _ in
            let socket = try await PollingSocket.opened(server)
            try await socket.connect(.object(["token": .string(employee.token), "host": host]))
            let refusal = try await socket.packet("44")
            #expect(
                refusal
                    == #"44{"message":"\"host\" must be a text of at most 100 characters without control characters."}"#
            )
            try await socket.connect(.object(["token": .string(employee.token), "host": .string("\u{F6}x")]))
            _ = try await socket.packet("40{")
        }
    }
}
