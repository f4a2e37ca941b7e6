import JSON
import Shared
import Synchronization
import Testing

@testable import TrackerServer

/// What happens in the office, followed over HTTP.
@Suite(.timeLimit(.minutes(3)))
struct EventTests {
    private static let mira = "Mira@example.org"
    private static let boss = "max@example.org"

    private func idle(_ server: TestServer) async throws {
        while server.environment.events.readers > 0 || server.environment.tokens.count > 0 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(server.environment.events.size == 0)
    }

    // MARK: Who may, and what it looks like

    @Test func managersFollowByTokenAndByCookie() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            try await server.get(APIPath.events).expectError(401, "unauthorized")
            try await server.get(APIPath.events, as: employee).expectError(403, "forbidden")
            try await server.get(APIPath.events + "?since=3", as: try await server.admin())
                .expectError(400, "invalid_field")
            let manager = try await server.manager(Self.boss)
            let follower = try await EventFollower(server, as: manager)
            let expected = [
                "content-type": "text/event-stream", "cache-control": "no-store, no-transform",
                "x-accel-buffering": "no", "access-control-allow-origin": "*",
            ]
            for (name, value) in expected { #expect(follower.head[name] == value) }
            #expect(
                follower.hello.data
                    == #"{"presence":[],"tracking":[],"at":"\#(server.clock.now.iso8601)"}"#)

            // As an EventSource of the server's own page asks, also when it comes back.
            let cookie = "tracker_session=\(manager.token)"
            let wire = try Wire(port: server.port)
            try await wire.send(
                "GET \(APIPath.events) HTTP/1.1\r\nHost: localhost\r\nCookie: \(cookie)\r\nSec-Fetch-Site: same-origin\r\n"
                    + "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n\r\n")
            _ = try await wire.text(through: "event: hello\n")
            let foreign = ["Cookie": cookie, "Sec-Fetch-Site": "cross-site"]
            try await server.get(APIPath.events, headers: foreign).expectError(403, "forbidden")
        }
    }

    @Test func headSaysTheSameAndBeginsNothing() async throws {
        try await TestServer.run { server in
            let head = try await server.send("HEAD", APIPath.events, as: try await server.admin())
            head.expect(200)
            #expect(head["content-type"] == "text/event-stream")
            #expect(server.environment.events.readers == 0)
        }
    }

    @Test func commentsComeWhileNothingHappens() async throws {
        try await TestServer.run(deadlines: Deadlines(eventComment: .milliseconds(20))) { server in
            let follower = try await EventFollower(server, as: try await server.admin())
            for _ in 0..<3 { _ = try await follower.wire.text(through: "\r\n3\r\n:\n\n") }
        }
    }

    // MARK: What is told

    @Test func aDayIsTold() async throws {
        try await TestServer.run(["TRACKER_TIME_ZONE": "UTC"], at: "2026-03-02T22:00:00.000Z") { server in
            let follower = try await EventFollower(server, as: try await server.admin())
            let employee = try await server.employee(Self.mira)
            #expect(try await follower.line() == #"account {"email":"\#(Self.mira)","change":"added"}"#)
            let admin = try await server.admin()
            try await server.post(APIPath.organization, #"{"name":"Harbour"}"#, as: admin).expect(200)
            #expect(
                try await follower.line()
                    == #"organization {"name":"Harbour","createdAt":"2026-03-02T22:00:00.000Z"}"#)
            try await server.post(
                APIPath.captureInterval, #"{"employeeId":"mira@example.org","intervalMinutes":5}"#, as: admin
            ).expect(200)
            #expect(
                try await follower.line() == #"interval {"employeeId":"\#(Self.mira)","intervalSeconds":300}"#)
            try await server.post(APIPath.workStart, as: employee).expect(201)
            func session(_ start: String, _ end: String, idle: Int, beat: String) -> String {
                let id = "\(Self.mira)-\(Timestamp(iso8601: start)?.milliseconds ?? 0)"
                return #"session {"employeeId":"\#(Self.mira)","session":{"id":"\#(id)","employeeId":"\#(Self.mira)","#
                    + #""startedAt":"\#(start)","endedAt":\#(end),"isActive":\#(end == "null"),"#
                    + #""idleSeconds":\#(idle),"lastHeartbeatAt":"\#(beat)","date":"\#(start.prefix(10))"}}"#
            }
            let (start, midnight) = ("2026-03-02T22:00:00.000Z", "2026-03-03T00:00:00.000Z")
            #expect(try await follower.line() == session(start, "null", idle: 0, beat: start))

            // No heartbeat is told, but what it divides.
            for _ in 0..<29 {
                server.clock.advance(seconds: 250)
                try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds":10}"#, as: employee).expect(200)
            }
            let (beat, last) = ("2026-03-02T23:56:40.000Z", "2026-03-03T00:00:50.000Z")
            #expect(try await follower.line() == session(start, #""\#(midnight)""#, idle: 280, beat: beat))
            #expect(try await follower.line() == session(midnight, "null", idle: 10, beat: last))

            let upload = try await server.upload(.image(), as: employee)
            let file = try #require(try upload[member: "file"]?.text)
            let ts = try #require(try upload[member: "ts"]?.text)
            #expect(
                try await follower.line()
                    == #"capture {"file":"\#(file)","ts":"\#(ts)","employeeId":"\#(Self.mira)"}"#)
            server.clock.advance(seconds: 30)
            try await server.post(APIPath.workStop, as: employee).expect(200)
            let end = server.clock.now.iso8601
            #expect(try await follower.line() == session(midnight, #""\#(end)""#, idle: 10, beat: last))

            let changed = #"account {"email":"\#(Self.mira)","change":"changed"}"#
            let path = server.path(ofEmployee: Self.mira)
            try await server.send(
                "PATCH", path, as: admin, headers: ["Content-Type": "application/json"],
                body: Array(#"{"name":"Mira"}"#.utf8)
            ).expect(200)
            #expect(try await follower.line() == changed)
            try await server.post(path + "/password", as: admin).expect(200)
            #expect(try await follower.line() == changed)
            // A token that ends is nobody's concern.
            try await server.post(APIPath.logout, as: admin).expect(204)
            let again = try await server.admin()
            try await server.delete(APIPath.captureInterval + "/" + Self.mira.queryEncoded, as: again).expect(204)
            #expect(
                try await follower.line() == #"interval {"employeeId":"\#(Self.mira)","intervalSeconds":null}"#)
            try await server.delete(path, as: again).expect(204)
            #expect(try await follower.line() == #"account {"email":"\#(Self.mira)","change":"removed"}"#)
        }
    }

    @Test func workThatIsToldLaterAndWorkThatFellSilentAreTold() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee(Self.mira)
            let follower = try await EventFollower(server, as: try await server.admin())
            server.clock.advance(seconds: 7200)
            try await server.post(
                APIPath.workSpans,
                #"{"spans":[{"key":"00000000-0000-4000-8000-000000000000","startedAt":"2026-03-02T08:30:00.000Z","#
                    + #""endedAt":"2026-03-02T09:00:00.000Z","idleSeconds":60}]}"#, as: employee
            ).expect(200)
            let event = try await follower.line()
            #expect(event.contains(#""endedAt":"2026-03-02T09:00:00.000Z","isActive":false,"idleSeconds":60"#))
            try await server.post(APIPath.workStart, as: employee).expect(201)
            #expect(try await follower.line().contains(#""isActive":true"#))
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.workHeartbeat, as: employee).expect(200)
            server.clock.advance(seconds: 3600)
            try await server.environment.sweep()
            #expect(try await follower.line().contains(#""endedAt":"2026-03-02T10:01:00.000Z","isActive":false"#))
        }
    }

    @Test func comingAndGoingIsTold() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee(Self.mira)
            let follower = try await EventFollower(server, as: try await server.admin())
            let sockets = [try await server.socket(employee), try await server.socket(employee)]
            #expect(try await follower.line() == #"presence {"userId":"\#(Self.mira)","online":true}"#)
            let later = try await EventFollower(server, as: try await server.admin())
            #expect(try later.hello.texts("presence") == [Self.mira])
            // Both of them go with their token.
            try await server.post(APIPath.logout, as: employee).expect(204)
            for follower in [follower, later] {
                #expect(try await follower.line() == #"presence {"userId":"\#(Self.mira)","online":false}"#)
            }
            withExtendedLifetime(sockets) {}
        }
    }

    // MARK: Order

    /// Each event is there once, for all in the same order, and the last of an employee is what holds.
    @Test func fiftyWritersAreToldInTheOrderInWhichTheirWritesHold() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager(Self.boss)
            _ = try await server.employee(Self.mira)
            var followers: [EventFollower] = []
            for _ in 0..<2 { followers.append(try await EventFollower(server, as: manager)) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<50 {
                    group.addTask {
                        for turn in 0..<4 {
                            let minutes = 2 + (writer + turn) % 19
                            try await server.post(
                                APIPath.captureInterval,
                                #"{"employeeId":"\#(Self.mira)","intervalMinutes":\#(minutes)}"#, as: manager
                            ).expect(200)
                        }
                    }
                }
                try await group.waitForAll()
            }
            var told: [[EventFollower.Event]] = []
            for follower in followers {
                var events: [EventFollower.Event] = []
                for _ in 0..<200 { events.append(try await follower.next()) }
                told.append(events)
            }
            #expect(told[0] == told[1])
            #expect(zip(told[0], told[0].dropFirst()).allSatisfy { $0.id < $1.id })
            let holds = try await server.get(APIPath.captureIntervals, as: manager).text
            let last = try #require(told[0].last?.data.firstMatch(of: /"intervalSeconds":(\d+)/)).1
            #expect(holds == #"{"intervals":{"\#(Self.mira)":\#(last)}}"#)
        }
    }

    /// Whoever comes at any moment knows from `hello` and what follows who works: nothing is missing, nothing comes twice.
    @Test func helloFitsWhatFollows() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager(Self.boss)
            var people: [Person] = []
            for number in 0..<5 { people.append(try await server.employee("e\(number)@example.org")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for person in people {
                    group.addTask {
                        for _ in 0..<20 {
                            try await server.post(APIPath.workStart, as: person).expect(201)
                            server.clock.advance(seconds: 1)
                            try await server.post(APIPath.workStop, as: person).expect(200)
                        }
                        try await server.post(APIPath.workStart, as: person).expect(201)
                    }
                }
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<15 { try await Self.follow(server, as: manager) }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    /// For ten events, or until all five work, as they do in the end. Nobody who works begins, nobody who does not ends.
    private static func follow(_ server: TestServer, as manager: Person) async throws {
        let follower = try await EventFollower(server, as: manager)
        var working = Set(try follower.hello.texts("tracking"))
        for _ in 0..<10 {
            if working.count == 5 { return }
            let event = try await follower.next()
            let session = try WorkSession(json: try #require(try event.json.object?["session"]))
            if session.isActive {
                #expect(working.insert(session.employeeID).inserted)
            } else {
                #expect(working.remove(session.employeeID) != nil)
            }
        }
    }

    // MARK: Ends

    @Test(arguments: LiveTests.End.allCases)
    func theStreamEndsWithItsToken(end: LiveTests.End) async throws {
        try await TestServer.run { server in
            let manager = try await server.manager(Self.boss)
            let other = try await server.admin()
            let follower = try await EventFollower(server, as: manager)
            server.clock.advance(seconds: 60)
            try await end.happen(to: manager, server)
            // Of the change that ends it nothing is told.
            _ = try await follower.wire.text(through: EventFollower.lastChunk)
            #expect(server.environment.events.readers == 0)
            if end != .expiry {
                let goesOn = try await EventFollower(server, as: other)
                _ = try await server.employee(Self.mira)
                #expect(try await goesOn.line().hasPrefix("account "))
            }
        }
    }

    @Test func whoClosesAtAnyByteLeavesNothingBehind() async throws {
        try await TestServer.run { server in
            let manager = try await server.admin()
            let wire = try Wire(port: server.port)
            try await wire.send(EventFollower.request(by: manager))
            let whole = try await wire.text(through: "\n\n").utf8.count
            await wire.close()
            for count in 0...whole {
                let wire = try Wire(port: server.port)
                try await wire.send(EventFollower.request(by: manager))
                var left = count
                while left > 0 { left -= try await wire.skip(upTo: left) }
                await wire.close()
            }
            try await idle(server)
        }
    }

    /// Those who can't be read from, and one who reads.
    private func stuck(_ count: Int, _ server: TestServer) async throws -> (good: EventFollower, stuck: [Wire]) {
        let manager = try await server.admin()
        let good = try await EventFollower(server, as: manager)
        var stuck: [Wire] = []
        for _ in 0..<count {
            stuck.append(try Wire(port: server.port, receiveBuffer: 4096))
            try await stuck.last?.send(EventFollower.request(by: manager))
        }
        while server.environment.events.readers <= count { try await Task.sleep(for: .milliseconds(5)) }
        return (good, stuck)
    }

    @Test func whoNeverReadsIsCutOffAndNothingGrows() async throws {
        try await TestServer.run { server in
            let (good, stuck) = try await stuck(20, server)
            let event = OfficeEvent.organization(name: String(repeating: "x", count: 20_000), createdAt: nil)
            var told = 0
            while server.environment.events.readers > 1, told < 1000 {
                server.environment.events.tell([event])
                told += 1
                // Who reads keeps up.
                _ = try await good.next()
                #expect(server.environment.events.size <= EventState.limit)
            }
            #expect(server.environment.events.readers == 1)
            #expect(told > 50, "a million bytes may wait")
            for wire in stuck { #expect(await wire.isGivenUp()) }
            server.environment.events.tell([event])
            _ = try await good.next()
            await good.wire.close()
            try await idle(server)
        }
    }

    /// Also where one of them does not read.
    @Test func aServerThatStopsEndsThemAtOnce() async throws {
        let (streams, stream) = AsyncStream.makeStream(of: Wire.self)
        let stopping = Mutex(ContinuousClock.now)
        try await TestServer.run { server in
            let (good, stuck) = try await stuck(1, server)
            let event = OfficeEvent.organization(name: String(repeating: "x", count: 20_000), createdAt: nil)
            // Until the connection takes no more.
            while server.environment.events.size < 300_000 {
                server.environment.events.tell([event])
                _ = try await good.next()
            }
            stream.yield(good.wire)
            stuck.forEach { stream.yield($0) }
            stopping.withLock { $0 = .now }
        }
        #expect(ContinuousClock.now - stopping.withLock { $0 } < .seconds(2))
        var wires: [Wire] = []
        for await wire in streams.prefix(2) { wires.append(wire) }
        _ = try await wires[0].text(through: EventFollower.lastChunk)
        #expect(try await wires[0].isEnded())
        #expect(await wires[1].isGivenUp())
    }
}

extension TestServer {
    fileprivate func socket(_ person: Person) async throws -> PollingSocket {
        try await PollingSocket.join(self, as: person)
    }
}
