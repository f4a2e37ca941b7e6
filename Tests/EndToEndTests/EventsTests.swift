import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// The office's events from the real server, as others follow them.
@Suite(.timeLimit(.minutes(3)))
struct EventsTests {
    private static let mira = "mira@harbour.example"

    /// Lives through some of a day; nothing else happens meanwhile.
    private func live(_ server: LiveServer, _ manager: String) async throws {
        try await server.hire(Self.mira, password: "mira's own password")
        let employee = try await server.login(Self.mira, "mira's own password")
        try await server.call("POST", APIPath.workStart, token: employee)
        let socket = try await RawWebSocket.join(port: server.port, token: employee)
        try await server.waitForPresence([Self.mira], manager)
        try await server.call("POST", APIPath.workStop, token: employee)
        try await server.call("DELETE", "\(APIPath.employees)/\(Self.mira)", token: manager)
        withExtendedLifetime(socket) {}
    }

    /// Of that; the removed account's socket goes before anything is told.
    private static let names = [
        "hello", "account", "interval", "session", "presence", "session", "presence", "account",
    ]

    @Test func curlShowsTheOfficeLiving() async throws {
        let server = try await LiveServer.start()
        let manager = try await server.login()
        let curl = try ChildProcess([
            "curl", "-sS", "-N", "-H", "Authorization: Bearer \(manager)", server.url + APIPath.events,
        ])
        let hello = await bytes(from: curl.output) { $0.suffix(2) == Array("\n\n".utf8) }
        try await live(server, manager)
        async let rest = bytes(from: curl.output)
        // It ends with the server, and properly: curl complains of any other end.
        #expect(await server.stop() == 0)
        let text = String(decoding: await hello + rest, as: UTF8.self)
        #expect(await curl.end() == 0)
        #expect(text.matches(of: /(?m)^event: (.*)$/).map { String($0.1) } == Self.names, "\(text)")
        let data = text.matches(of: /(?m)^data: (.*)$/).map { String($0.1) }
        #expect(data[1] == #"{"email":"\#(Self.mira)","change":"added"}"#)
        #expect(data[4] == #"{"userId":"\#(Self.mira)","online":true}"#)
        #expect(data[7] == #"{"email":"\#(Self.mira)","change":"removed"}"#)
        let numbers = text.matches(of: /(?m)^id: (.*)$/).compactMap { Int($0.1) }
        #expect(numbers.count == Self.names.count && zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func aClientFromPyPIUnderstandsThem() async throws {
        let server = try await LiveServer.start()
        let manager = try await server.login()
        let client = try ChildProcess([
            try await Peers.python(), Peers.programs + "/events.py", server.url + APIPath.events,
            manager,
        ])
        let hello = await bytes(from: client.output) { $0.last == UInt8(ascii: "\n") }
        try await live(server, manager)
        async let rest = bytes(from: client.output)
        #expect(await server.stop() == 0)
        let lines = String(decoding: await hello + rest, as: UTF8.self).split(separator: "\n")
        let errors = String(decoding: await bytes(from: client.errors), as: UTF8.self)
        #expect(await client.end() == 0, "\(errors)")
        let events = try lines.map { try JSONReader.value(of: Array($0.utf8)).object }
        #expect(events.map { $0?["event"]?.text } == Self.names)
        #expect(events.last??["data"]?.object?["change"]?.text == "removed")
    }

    /// A page needs nothing but the browser's own EventSource and the cookie of its login, and is there again after the server was
    /// gone.
    @Test func aBrowserFollowsThemAndComesBack() async throws {
        let server = try await LiveServer.start()
        let manager = try await server.login()
        let page = try await PeerProgram.page(server.url + APIPath.health)
        let login = LoginRequest(email: LiveServer.administrator, password: LiveServer.password)
        var body = try #require(login.json.object)
        body["cookie"] = .bool(true)
        let text = String(decoding: JSONWriter.bytes(of: .object(body), .compact), as: UTF8.self)
        let status = try await page.evaluate(
            """
            fetch("\(APIPath.login)", {method: "POST", headers: {"Content-Type": "application/json"},
              body: JSON.stringify(\(text))}).then((answer) => answer.status)
            """)
        #expect(status == .number(200))
        let names = Set(Self.names).sorted().map { "\"\($0)\"" }.joined(separator: ", ")
        try await page.evaluate(
            """
            window.told = [];
            window.source = new EventSource("\(APIPath.events)");
            window.heard = () => {};
            for (const name of [\(names)]) source.addEventListener(name, (event) => {
              told.push({event: name, id: Number(event.lastEventId), data: JSON.parse(event.data)});
              heard();
            });
            window.until = (count) => new Promise((resolve) => {
              heard = () => {
                if (told.length < count) return;
                heard = () => {};
                resolve(told.splice(0, count));
              };
              heard();
            });
            null
            """)
        #expect(try await page.evaluate("until(1)").array?.first?.object?["event"] == .string("hello"))
        try await live(server, manager)
        let told = try #require(try await page.evaluate("until(\(Self.names.count - 1))").array)
        #expect(told.map { $0.object?["event"]?.text } == Array(Self.names.dropFirst()))
        #expect(told.first?.object?["data"]?.object?["change"] == .string("added"))

        await server.crash()
        try await server.restart()
        let again = try await page.evaluate("until(1)", within: .seconds(60)).array?.first?.object
        #expect(again?["event"] == .string("hello"))
        #expect(again?["data"]?.object?["presence"] == .array([]))
        await page.end()
        #expect(await server.stop() == 0)
    }

    /// They cost little, all hear of a change, and a server that stops waits for none of them.
    @Test func fiveHundredFollow() async throws {
        let server = try await LiveServer.start()
        let manager = try await server.login()
        let size = try ProcessSize(of: server.processID)
        let descriptors = try size.descriptors
        let port = server.port
        let request = Array(
            "GET \(APIPath.events) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(manager)\r\n\r\n".utf8)
        let readers = Readers()
        try await readers.open(100, port, request)
        let before = try size.memory
        try await readers.open(400, port, request)
        let cost = (try size.memory - before) / 400
        #expect(cost < 40_000, "\(cost) bytes a reader")
        try await server.call("POST", APIPath.organization, token: manager, .object(["name": .string("Harbour")]))
        #expect(try await readers.hear("event: organization\n") == 500)
        // Half of them go without a word.
        await readers.close(250)
        #expect(try await size.shrinks(to: descriptors + 251))
        try await server.call("POST", APIPath.organization, token: manager, .object(["name": .string("Quay")]))
        #expect(try await readers.hear("\"Quay\"") == 250)
        let stop = ContinuousClock.now
        #expect(await server.stop() == 0)
        #expect(ContinuousClock.now - stop < .seconds(2))
        #expect(try await readers.hear("0\r\n\r\n") == 250)
    }

    /// Connections on a thread of their own.
    private actor Readers {
        private let executor = BlockingExecutor(label: "readers")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        private var sockets: [RawSocket] = []

        func open(_ count: Int, _ port: Int, _ request: [UInt8]) throws {
            for _ in 0..<count {
                let socket = try RawSocket(port: port)
                socket.send(request)
                try #require(try hears("event: hello\n", socket))
                sockets.append(socket)
            }
        }

        /// - Returns: how many of them do.
        func hear(_ text: String) throws -> Int { try sockets.count { try hears(text, $0) } }

        func close(_ count: Int) {
            for socket in sockets.prefix(count) { socket.resetWhenClosed() }
            sockets.removeFirst(count)
        }

        private func hears(_ text: String, _ socket: RawSocket) throws -> Bool {
            var heard = ""
            let end = ContinuousClock.now + .seconds(20)
            while !heard.contains(text) {
                guard let bytes = socket.receive(until: end), !bytes.isEmpty else { return false }
                heard += String(decoding: bytes, as: UTF8.self)
            }
            return true
        }
    }
}
