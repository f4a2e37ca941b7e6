import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// Those who follow the office's events and never read them, on the real server.
///
/// A request tells of a hundred sessions, each an event of a kilobyte: its employee's id, which is nearly as long as one may be,
/// stands in it three times. Of what nobody reads the system takes some 130,000 bytes a connection, and the server's side of the
/// connection less. Whoever is behind by a million bytes more is cut off: nobody after nine requests, which are 920,000 bytes,
/// and all after twenty.
@Suite(.timeLimit(.minutes(2)))
struct SilentReadersTests {
    private static let mira = String(repeating: "mira.", count: 47) + "@harbour.example"

    /// A hundred sessions of a second each.
    private static func sessions(_ number: Int, after start: Timestamp) -> WorkSpansRequest {
        let spans = (0..<100).map { index in
            let start = start.adding(seconds: 2 * (100 * number + index))
            return WorkSpan(key: UUID(), startedAt: start, endedAt: start.adding(seconds: 1), idleSeconds: 0)
        }
        return WorkSpansRequest(spans: spans)
    }

    /// A house where she has worked for long.
    private func start() async throws -> LiveServer {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/data", withIntermediateDirectories: false)
        try folder.write(
            #"[{"email": "\#(Self.mira)", "name": "", "role": "employee", "createdAt": "2020-03-02T08:00:00.000Z"}]"#,
            to: "data/users.json")
        return try await LiveServer.start(in: folder)
    }

    @Test func fiveHundredWhoNeverReadAreCutOffAndCostLittle() async throws {
        let server = try await start()
        let manager = try await server.login()
        try await server.call(
            "POST", "\(APIPath.employees)/\(Self.mira)/password", token: manager,
            .object(["password": .string(LiveServer.password)]))
        let employee = try await server.login(Self.mira, LiveServer.password)
        let size = try ProcessSize(of: server.processID)
        let descriptors = try size.descriptors
        let readers = try Readers(port: server.port, token: manager)
        try await readers.open(500)
        let before = try size.memory
        var peak = before
        let yesterday = Timestamp(milliseconds: (Int64(Date.now.timeIntervalSince1970) - 86_400) * 1000)
        for number in 0..<20 {
            let request = Self.sessions(number, after: yesterday)
            try await server.call("POST", APIPath.workSpans, token: employee, request.json)
            // Who reads keeps up.
            let last = try #require(request.spans.last).startedAt
            #expect(await readers.hear("\"\(Self.mira)-\(last.milliseconds)\""))
            peak = max(peak, try size.memory)
            if number == 8 { #expect(try size.descriptors >= descriptors + 500, "nobody is far enough behind") }
        }
        #expect(try await size.shrinks(to: descriptors + 2))
        // A million bytes for each of them would be five times that.
        #expect(peak - before < 100_000_000, "\(peak - before) bytes")
        try await server.call("POST", APIPath.organization, token: manager, .object(["name": .string("Harbour")]))
        #expect(await readers.hear("event: organization\n"))
        #expect(await readers.givenUp() == 500)
        #expect(await server.stop() == 0)
    }

    /// One who reads, and many who don't, on a thread of their own.
    private actor Readers {
        private let executor = BlockingExecutor(label: "readers")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        private let port: Int
        private let request: [UInt8]
        private let attentive: RawSocket
        private var silent: [RawSocket] = []

        init(port: Int, token: String) throws {
            self.port = port
            request = Array(
                "GET \(APIPath.events) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n".utf8)
            attentive = try RawSocket(port: port)
            attentive.send(request)
        }

        /// - Throws: also when one of them does not get an answer.
        func open(_ count: Int) throws {
            let isFollowing = hear("event: hello\n")
            try #require(isFollowing)
            for _ in 0..<count {
                let socket = try RawSocket(port: port, receiveBuffer: 4096, segment: 536)
                socket.send(request)
                let isAnswered = socket.hasSomething(until: ContinuousClock.now + .seconds(20))
                try #require(isAnswered)
                silent.append(socket)
            }
        }

        /// - Returns: whether the one who reads hears that.
        func hear(_ text: String) -> Bool {
            let wanted = Array(text.utf8)
            let end = ContinuousClock.now + .seconds(20)
            var heard: [UInt8] = []
            while heard.firstRange(of: wanted) == nil {
                guard let bytes = attentive.receive(until: end), !bytes.isEmpty else { return false }
                heard = Array(heard.suffix(wanted.count)) + bytes
            }
            return true
        }

        /// What is said on a connection that the server has given up is refused.
        /// - Returns: on how many that is so.
        func givenUp() -> Int {
            silent.count { socket in
                socket.send([UInt8(ascii: "x")])
                return socket.isClosed(within: .seconds(5))
            }
        }
    }
}
