import Foundation
import JSON
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

/// Against python-socketio, which is not ours.
@Suite(.timeLimit(.minutes(5)))
struct PeerTests {
    @Test(arguments: [EngineTransport.webSocket, .polling])
    func eventsAndAcknowledgementsGoBothWays(transport: EngineTransport) async throws {
        let server = try await PeerServer.start("--transports", transport.rawValue)
        var listening = try Listening(port: server.port) {
            $0.payload = { .object(["token": .string("tök")]) }
            $0.transports = [transport]
        }
        let client = listening.client
        await client.reconnect()
        #expect(try await listening.connected() == transport)
        #expect(await client.isConnected)
        let (auth, _) = try await listening.event("auth")
        #expect(auth.arguments == [.object(["token": .string("tök")])])

        let arguments: [JSONValue] = [.number(9_007_199_254_740_993), .string("🦊"), .object(["a": .array([.null])])]
        try await client.emit(OutgoingEvent("message", arguments[0], arguments[1], arguments[2]))
        #expect(try await listening.event("message-back").0.arguments == arguments)

        let blob = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await client.emit(
            OutgoingEvent(
                "message", OutgoingEvent.binary(0), .string("x"), OutgoingEvent.binary(1), attachments: [blob, []]))
        let (binary, _) = try await listening.event("message-back")
        #expect(binary.arguments.compactMap { binary.content.attachment($0) } == [blob, []])

        let answer = try await client.emitWithAcknowledgement("message-with-ack", .number(1), .bool(true))
        #expect(answer.values == [.number(1), .bool(true)])
        let binaryAnswer = try await client.emitWithAcknowledgement(
            "message-with-ack", OutgoingEvent.binary(0), attachments: [blob])
        #expect(binaryAnswer.attachments == [blob])

        // In its place among the events: the peer answers one event after the other.
        try await client.emit(OutgoingEvent("message", .string("before")))
        try await client.emitAndWrite("message-with-ack", .number(2), acknowledgedAs: "mine")
        try await client.emit(OutgoingEvent("message", .string("after")))
        #expect(try await listening.event("message-back").0.arguments == [.string("before")])
        guard case .acknowledged(let content, tag: "mine") = try await listening.next() else {
            Issue.record("not acknowledged")
            return
        }
        #expect(content.values == [.number(2)])
        #expect(try await listening.event("message-back").0.arguments == [.string("after")])

        try await client.emit(OutgoingEvent("ask-me", .string("why")))
        let (question, acknowledge) = try await listening.event("question")
        #expect(question.arguments == [.string("why")])
        let answerQuestion = try #require(acknowledge)
        try await answerQuestion(.string("so"), OutgoingEvent.binary(0), attachments: [[1, 2, 3]])
        let (answered, _) = try await listening.event("answered")
        #expect(answered.content.attachments == [[1, 2, 3]])

        await client.close()
        #expect(await listening.hasEnded())
        await server.kill()
    }

    @Test func longPollingFollowsWhereTheWebSocketIsRefused() async throws {
        let server = try await PeerServer.start(
            "--transports", "polling", "--ping-interval", "1", "--ping-timeout", "20")
        var listening = try Listening(port: server.port) { $0.namespace = "/custom" }
        await listening.client.reconnect()
        #expect(try await listening.connected() == .polling)
        // Several pings long.
        for number in 0..<20 {
            try await Task.sleep(for: .milliseconds(100))
            let answer = try await listening.client.emitWithAcknowledgement("message-with-ack", .number(number))
            #expect(answer.values == [.number(number)])
        }
        await listening.client.close()
        await server.kill()
    }

    @Test func manyEventsKeepTheirOrder() async throws {
        let server = try await PeerServer.start("--transports", "polling")
        var listening = try Listening(port: server.port) { $0.maximumWaitingEvents = 1000 }
        await listening.client.reconnect()
        try await listening.connected()
        for number in 0..<200 { try await listening.client.emit(OutgoingEvent("message", .number(number))) }
        for number in 0..<200 {
            #expect(try await listening.event("message-back").0.arguments == [.number(number)])
        }
        await listening.client.close()
        await server.kill()
    }

    @Test(arguments: [EngineTransport.webSocket, .polling])
    func aRefusalIsReportedAndWaitsForTheCaller(transport: EngineTransport) async throws {
        let server = try await PeerServer.start()
        let tokens = Tokens(["refused", "good"])
        var listening = try Listening(port: server.port) {
            $0.payload = { .object(["token": .string(await tokens.next())]) }
            $0.transports = [transport]
        }
        await listening.client.reconnect()
        guard case .refused(let message) = try await listening.next() else {
            Issue.record("not refused")
            return
        }
        #expect(message == "Unauthorized")
        #expect(await tokens.given == 1)
        await listening.client.reconnect()
        try await listening.connected()
        #expect(await tokens.given == 2)
        await listening.client.close()
        await server.kill()
    }

    private actor Tokens {
        private let tokens: [String]
        private(set) var given = 0

        init(_ tokens: [String]) { self.tokens = tokens }

        func next() -> String {
            defer { given += 1 }
            return tokens[min(given, tokens.count - 1)]
        }
    }

    @Test(arguments: [EngineTransport.webSocket, .polling])
    func aServerThatComesBackIsFoundAgain(transport: EngineTransport) async throws {
        let port = try ReservedPort()
        let server = try await PeerServer.start(port: port.number)
        var listening = try Listening(port: port.number) { $0.transports = [transport] }
        let client = listening.client
        await client.reconnect()
        try await listening.connected()
        await server.kill()
        var event = try await listening.next()
        if case .event = event { event = try await listening.next() }
        guard case .disconnected(.connectionLost) = event else {
            Issue.record("\(event)")
            return
        }
        let refusal = await #expect(throws: SendRefusal.self) { try await client.emit(OutgoingEvent("message")) }
        #expect(refusal == .notConnected)
        for number in 1...3 { try await client.emit(OutgoingEvent("message", .number(number)), replacing: "newest") }
        let again = try await PeerServer.start(port: port.number)
        try await listening.connected()
        #expect(try await listening.event("message-back").0.arguments == [.number(3)])
        await client.close()
        await again.kill()
    }

    @Test func aClientThatIsTakenOutComesBack() async throws {
        let server = try await PeerServer.start()
        var listening = try Listening(port: server.port)
        let client = listening.client
        await client.reconnect()
        try await listening.connected()
        _ = try await listening.event("auth")
        try await client.emit(OutgoingEvent("kick"))
        #expect(try await listening.disconnected() == .disconnectedByServer)
        try await listening.connected()
        await client.close()
        await server.kill()
    }

    @Test func anAcknowledgementThatDoesNotComeIsGivenUp() async throws {
        let server = try await PeerServer.start()
        var listening = try Listening(port: server.port)
        let client = listening.client
        await client.reconnect()
        try await listening.connected()
        let error = await #expect(throws: AcknowledgementError.self) {
            try await client.emitWithAcknowledgement("nobody-listens", timeout: .milliseconds(50))
        }
        #expect(error == .timedOut)
        let waiting = Task { try await client.emitWithAcknowledgement("nobody-listens", timeout: .seconds(600)) }
        waiting.cancel()
        #expect(await waiting.result.failure as? AcknowledgementError == .cancelled)
        let lost = Task { try await client.emitWithAcknowledgement("nobody-listens", timeout: .seconds(600)) }
        // Nothing was sent out of its order: the server has both when it answers this.
        _ = try await client.emitWithAcknowledgement("message-with-ack")
        await client.close()
        let failure = await lost.result.failure as? AcknowledgementError
        #expect(failure == .connectionLost || failure == .notSent(.notConnected))
        await server.kill()
    }

    @Test(arguments: [EngineTransport.webSocket, .polling])
    func onlyTrustedCertificatesAreTaken(transport: EngineTransport) async throws {
        let folder = try TemporaryFolder()
        let tls = try await TestCertificate(in: folder)
        let server = try await PeerServer.start("--certificate", tls.certificate, "--key", tls.key)
        let pem = try folder.bytes(of: "localhost.pem")

        var trusting = try Listening(
            port: server.port, scheme: "https", host: "localhost",
            {
                $0.trust = .certificates(pem)
                $0.transports = [transport]
            })
        await trusting.client.reconnect()
        #expect(try await trusting.connected() == transport)
        let answer = try await trusting.client.emitWithAcknowledgement("message-with-ack", .string("secret"))
        #expect(answer.values == [.string("secret")])
        await trusting.client.close()

        // Not by the system's roots, and not for another name.
        for (host, trust) in [("localhost", .system), ("127.0.0.1", .certificates(pem))]
            as [(String, SocketClientConfiguration.Trust)]
        {
            var listening = try Listening(
                port: server.port, scheme: "https", host: host,
                {
                    $0.trust = trust
                    $0.transports = [transport]
                })
            await listening.client.reconnect()
            guard case .unreachable = try await listening.disconnected() else {
                Issue.record("\(host) is trusted")
                return
            }
            await listening.client.close()
        }
        await server.kill()
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}
