import Files
import Testing

/// A WebSocket may be asked for on a connection that has served other requests: proxies and some clients use connections
/// again.
@Suite(.timeLimit(.minutes(2)))
struct ReusedConnectionsTests {
    private let poll = request("GET /socket.io/?EIO=4&transport=polling")
    private let health = request("GET /health")
    /// Protocols that no request gets from this server.
    private let otherProtocols = [
        request("GET /health", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        request("POST /api/auth/login", "Connection: upgrade", "Upgrade: TLS/1.0", "Content-Length: 2", body: "{}"),
        request("GET /socket.io/?EIO=4&transport=websocket&sid=nobody", "Connection: upgrade", "Upgrade: websocket"),
        request("GET /health", "Upgrade: h2c"),
    ]

    private static func request(_ line: String, _ headers: String..., body: String = "") -> [UInt8] {
        let head = ["\(line) HTTP/1.1", "Host: 127.0.0.1"] + headers + ["", body]
        return Array(head.joined(separator: "\r\n").utf8)
    }

    /// Talks on one connection: says the one, and waits for the other.
    private func talk(_ steps: [(say: [UInt8], hear: [String])]) async throws {
        let server = try await LiveServer.start()
        let port = server.port
        try await BlockingExecutor(label: "connection").run { () throws in
            let socket = try RawSocket(port: port)
            for step in steps {
                #expect(socket.send(step.say))
                var heard = ""[...]
                let end = ContinuousClock.now + .seconds(10)
                for text in step.hear {
                    while !heard.contains(text), let bytes = socket.receive(until: end), !bytes.isEmpty {
                        heard += String(decoding: bytes, as: UTF8.self)
                    }
                    let place = try #require(heard.firstRange(of: text), "\(text) is missing in: \(heard)")
                    heard = heard[place.upperBound...]
                }
            }
        }
        _ = await server.stop()
    }

    private let join = RawWebSocket.frame(Array("40".utf8))

    @Test func aWebSocketOpensAfterOtherRequests() async throws {
        try await talk([
            (health, ["200 OK", "uptime"]), (poll, ["200 OK", "0{"]), (health, ["200 OK", "uptime"]),
            (RawWebSocket.request(), ["101 Switching Protocols", "0{"]), (join, ["Unauthorized"]),
        ])
    }

    /// All at once, the first frame included: the answers come in the order of the requests.
    @Test func aWebSocketOpensBehindPipelinedRequests() async throws {
        let all = poll + health + RawWebSocket.request() + join
        try await talk([(all, ["200 OK", "0{", "200 OK", "uptime", "101 Switching Protocols", "0{", "Unauthorized"])])
    }

    /// The server hears of the end while the first answer is due, from which on nobody but the WebSocket is left to hear of it.
    @Test func aWebSocketOfAConnectionThatHasEndedEndsAfterItsFrames() async throws {
        let server = try await LiveServer.start()
        let port = server.port
        let all = health + RawWebSocket.request() + join
        let heard = try await BlockingExecutor(label: "connection").run { () throws -> String in
            let socket = try RawSocket(port: port)
            #expect(socket.send(all))
            socket.endSending()
            var heard = ""
            while let bytes = socket.receive(until: .now + RawWebSocket.patience) {
                guard !bytes.isEmpty else { return heard + "the end" }
                heard += String(decoding: bytes, as: UTF8.self)
            }
            return heard
        }
        #expect(heard.contains("101 Switching Protocols"))
        #expect(heard.hasSuffix("the end"), "\(heard)")
        _ = await server.stop()
    }

    @Test func aWishForAnotherProtocolIsIgnored() async throws {
        let statuses = ["200 OK", "415 Unsupported Media Type", "400 Bad Request", "200 OK"]
        let steps = zip(otherProtocols, statuses).map { ($0, [$1]) }
        try await talk(
            steps + [(health, ["200 OK", "uptime"]), (RawWebSocket.request() + join, ["101 ", "Unauthorized"])])
        try await talk([(otherProtocols.flatMap(\.self) + health, statuses + ["200 OK", "uptime"])])
    }
}
