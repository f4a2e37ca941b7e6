import Files
import Foundation
import JSON
import TestSupport
import Testing

/// Requests for a WebSocket, and frames, with mistakes in them, thrown over real connections at the echo.
///
/// FUZZ_SECONDS says how long, FUZZ_SEED repeats a run; each round has a generator of its own, named when it fails.
@Suite(.timeLimit(.minutes(60)))
struct SocketFuzzTests {
    @Test func theServerGoesOnAnswering() async throws {
        let echo = try await EchoProcess.start()
        let port = echo.port
        let size = try ProcessSize(of: echo.process.id)
        try await echo.answersInTheEnd()
        let before = try size.descriptors
        let fuzz = FuzzRun()
        let executor = BlockingExecutor(label: "fuzz")
        var rounds: UInt64 = 0
        while !fuzz.isOver {
            let first = fuzz.seed &+ rounds
            do {
                try await executor.run { () throws in
                    for round in first..<(first &+ 50) {
                        var round = SocketFuzzRound(seed: round, port: port)
                        try round.play()
                    }
                }
                try await echo.answersInTheEnd()
            } catch {
                throw Broken(seed: first, error: error)
            }
            rounds += 50
        }
        print("\(rounds) connections from seed \(fuzz.seed)")
        // Every session ends, and every connection with it.
        #expect(try await size.shrinks(to: before))
    }

    private struct Broken: Error {
        let seed: UInt64
        let error: any Error
    }
}

private struct SocketFuzzRound {
    private var generator: SeededGenerator
    private let port: Int

    private static let payloads = [
        "40", "40{\"token\":1}", "40/custom,", "41", "42[\"message\",{\"a\":[1,2]}]",
        "421[\"message-with-ack\",\"é😀\"]",
        "452-[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]", "2probe", "5", "3",
        "1",
        "hello", "",
    ].map { Array($0.utf8) }

    init(seed: UInt64, port: Int) {
        generator = SeededGenerator(seed: seed)
        self.port = port
    }

    mutating func play() throws {
        let path = number(3) == 0 ? "/engine.io/" : "/socket.io/"
        var request = RawWebSocket.request(path: path, query: number(8) == 0 ? "&sid=x" : "")
        if number(4) == 0 { mutate(&request) }
        let socket = try RawSocket(port: port)
        if number(2) == 0 { socket.resetWhenClosed() }
        socket.send(request)
        if number(3) > 0 { _ = socket.receive(until: .now + .milliseconds(20)) }
        for _ in 0..<number(8) where !socket.send(frames()) { break }
        if number(4) == 0 { _ = socket.receive(until: .now + .milliseconds(5)) }
    }

    private mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    private mutating func frames() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...number(3) {
            var payload = Self.payloads[number(Self.payloads.count)]
            if number(4) == 0 { mutate(&payload) }
            let opcode: UInt8 = number(3) > 0 ? 1 : [0, 1, 2, 2, 8, 9, 10, 11][number(8)]
            bytes += RawWebSocket.frame(payload, opcode: opcode, isLast: number(6) > 0)
        }
        if number(3) == 0 { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0...number(3) where !bytes.isEmpty {
            let start = number(bytes.count)
            let end = min(bytes.count, start + 1 + number(6))
            switch number(4) {
            case 0: bytes[start] ^= 1 << UInt8(number(8))
            case 1: bytes.removeSubrange(start..<end)
            case 2: bytes.insert(contentsOf: bytes[start..<end], at: number(bytes.count + 1))
            default: bytes.replaceSubrange(start..<end, with: (0..<number(9)).map { _ in UInt8(number(256)) })
            }
        }
    }
}
