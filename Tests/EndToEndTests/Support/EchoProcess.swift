import TestSupport
import Testing

/// `SocketIOEcho` as a program, which pings after 300 ms and waits 200 ms for an answer.
struct EchoProcess {
    let port: Int
    let process: ChildProcess

    static func start() async throws -> EchoProcess {
        let process = try ChildProcess([Program.echo, "--port", "0"])
        let line = String(
            decoding: await bytes(from: process.output) { $0.last == UInt8(ascii: "\n") }, as: UTF8.self)
        let match = try #require(line.firstMatch(of: /^listening on port (\d+)/), "the echo said: \(line)")
        return EchoProcess(port: try #require(Int(match.1)), process: process)
    }

    /// As ``answers()``; on a busy machine a client may be too late for its first ping.
    func answersInTheEnd() async throws {
        for _ in 0..<4 {
            do {
                return try await answers()
            } catch is RawWebSocket.Unexpected {
                continue
            }
        }
        try await answers()
    }

    /// A client that behaves is answered.
    func answers() async throws {
        let socket = try RawWebSocket(port: port)
        try await socket.exchange([
            (nil, "0{"), ("40", "40{"), (nil, "42[\"auth\",{}]"),
            ("42[\"message\",\"well?\"]", "42[\"message-back\",\"well?\"]"),
        ])
    }
}
