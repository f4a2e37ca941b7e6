import JSON
import NIOWebSocket
import SocketIO
import TestSupport
import Testing

@testable import SocketIOClient

/// Against servers that do what no honest one does.
@Suite(.timeLimit(.minutes(5)))
struct FakeServerTests {
    private func webSocketOnly(_ configuration: inout SocketClientConfiguration) {
        configuration.transports = [.webSocket]
        configuration.maximumMessage = 10_000
        configuration.closeTimeout = .milliseconds(300)
    }

    @Test func aServerThatGoesSilentIsLost() async throws {
        let server = try await FakeServer.start(pingInterval: 100, pingTimeout: 100)
        var listening = try Listening(port: server.port, webSocketOnly)
        let begin = ContinuousClock.now
        await listening.client.reconnect()
        try await listening.connected()
        #expect(try await listening.disconnected() == .pingTimeout)
        #expect(begin.duration(to: .now) >= .milliseconds(190))
        try await listening.connected()
        await listening.client.close()
        #expect(server.areAllMasked)
        try await server.stop()
    }

    @Test func pingsKeepTheConnection() async throws {
        let server = try await FakeServer.start(.text("2"), .frame(.ping, [1, 2]), .text(#"42["done"]"#))
        var listening = try Listening(port: server.port, webSocketOnly)
        await listening.client.reconnect()
        try await listening.connected()
        _ = try await listening.event("done")
        await listening.client.close()
        // What was sent last may still be on its way.
        try await server.allClosed()
        #expect(server.texts == ["40", "3", "41", "1"])
        #expect(server.closeCodes == [.normalClosure])
        #expect(server.areAllMasked)
        try await server.stop()
    }

    @Test(arguments: [
        (FakeServer.Step.zeros(10_001), ClientCloseReason.tooLarge),
        // Claims 2^62 bytes, and sends none.
        (.raw([0x82, 0x7f, 0x40, 0, 0, 0, 0, 0, 0, 0]), .tooLarge),
        (.raw([0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0]), .tooLarge),
        (.raw([0x89, 0x7e, 0x01, 0x00]), .protocolError("a control frame of one part")),
        (.raw([0xc1, 0x01, 0x32]), .protocolError("no reserved bits")),
        (.frame(.text, [0x34, 0x32, 0xff]), .protocolError("UTF-8")),
        (.text("42{}"), .protocolError("an array")),
        (.text("0{}"), .protocolError("a message, a ping or a close from a server")),
        (.frame(.connectionClose, [0x03, 0xe9]), .closedByServer),
        (.text("1"), .closedByServer),
        (.close, .connectionLost),
    ])
    func whatNoServerMaySendEndsTheConnection(step: FakeServer.Step, reason: ClientCloseReason) async throws {
        let server = try await FakeServer.start(step)
        var listening = try Listening(port: server.port, webSocketOnly)
        await listening.client.reconnect()
        try await listening.connected()
        let given = try await listening.disconnected()
        if case .protocolError(let expected) = given, case .protocolError("an array") = reason {
            #expect(!expected.isEmpty)
        } else {
            #expect(given == reason)
        }
        await listening.client.close()
        try await server.stop()
    }

    @Test func aServerThatNeverAcceptsIsGivenUp() async throws {
        let server = try await FakeServer.start(answersConnect: false)
        var listening = try Listening(port: server.port) {
            webSocketOnly(&$0)
            $0.handshakeTimeout = .milliseconds(100)
        }
        await listening.client.reconnect()
        #expect(try await listening.disconnected() == .handshakeTimeout)
        await listening.client.close()
        try await server.allClosed()
        try await server.stop()
    }

    @Test(arguments: [
        (String?.none, ClientCloseReason?.some(.handshakeTimeout)),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", .httpStatus(403)),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n", .httpStatus(302)),
        ("HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n", .tooLarge),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .protocolError("a packet's type from 0 to 6")),
        ("no HTTP\r\n\r\n", nil), ("", nil),
    ])
    func whereNeitherTransportIsSpokenTheClientSaysWhy(answer: String?, reason: ClientCloseReason?) async throws {
        let server = try await RawServer.start(answer)
        var listening = try Listening(port: server.port) {
            $0.handshakeTimeout = answer == nil ? .milliseconds(300) : .seconds(20)
            $0.maximumAnswer = 10_000
        }
        await listening.client.reconnect()
        let given = try await listening.disconnected()
        if let reason {
            #expect(given == reason)
        } else if case .unreachable = given {
        } else {
            Issue.record("\(given)")
        }
        await listening.client.close()
        try await server.stop()
    }

    /// Much more than all buffers hold: who did not wait would meet a full queue.
    @Test func whoWaitsUntilItIsWrittenNeverFillsTheQueue() async throws {
        let server = try await FakeServer.start(pingInterval: 500, pingTimeout: 500)
        var listening = try Listening(port: server.port, webSocketOnly)
        await listening.client.reconnect()
        try await listening.connected()
        try await listening.client.emitAndWrite(OutgoingEvent("last"))
        try await server.stopReading()
        let event = OutgoingEvent("long", .string(String(repeating: "a", count: 900_000)))
        await #expect(throws: SendRefusal.notConnected) {
            for _ in 0..<100 { try await listening.client.emitAndWrite(event) }
        }
        #expect(try await listening.disconnected() == .pingTimeout)
        await listening.client.close()
        await #expect(throws: SendRefusal.notConnected) { try await listening.client.emitAndWrite(event) }
        try await server.stop()
    }

    @Test func aHostThatCantBeReachedIsToldOnce() async throws {
        let nobody = try ReservedPort()
        var listening = try Listening(port: nobody.number)
        await listening.client.reconnect()
        guard case .unreachable = try await listening.disconnected() else {
            Issue.record("there is a server")
            return
        }
        try await Task.sleep(for: .milliseconds(300))
        await listening.client.close()
        #expect(await listening.hasEnded())
        withExtendedLifetime(nobody) {}
    }

    @Test func aSlowListenerLosesTheConnectionAndNothingInBetween() async throws {
        let many = (0..<20).map { FakeServer.Step.text(#"42["news",\#($0)]"#) }
        let server = try await FakeServer.start(steps: many)
        var listening = try Listening(port: server.port) {
            webSocketOnly(&$0)
            $0.maximumWaitingEvents = 5
        }
        await listening.client.reconnect()
        try await server.firstConnectionIsClosed()
        // Long enough for many attempts, of which there is none.
        try await Task.sleep(for: .milliseconds(400))
        #expect(server.connections == 1)
        try await listening.connected()
        for number in 0..<4 {
            #expect(try await listening.event("news").0.arguments == [.number(number)])
        }
        #expect(try await listening.disconnected() == .consumerTooSlow)
        try await listening.connected()
        await listening.client.close()
        try await server.stop()
    }

    @Test func whatTheServerDoesNotTakeIsReplacedOrRefused() async throws {
        let server = try await FakeServer.start(maxPayload: 60_000)
        var listening = try Listening(port: server.port) {
            $0.transports = [.webSocket]
            $0.maximumQueue = 200_000
            $0.closeTimeout = .milliseconds(300)
        }
        let client = listening.client
        await client.reconnect()
        try await listening.connected()
        let error = await #expect(throws: SendRefusal.self) {
            try await client.emit(
                OutgoingEvent("a", OutgoingEvent.binary(0), attachments: [[UInt8](repeating: 0, count: 60_001)]))
        }
        #expect(error == .tooLarge(limit: 60_000))
        try await server.stopReading()
        let bytes = [UInt8](repeating: 7, count: 60_000)
        var refusals = 0
        for _ in 0..<2000 where refusals == 0 {
            do {
                try await client.emit(OutgoingEvent("a", OutgoingEvent.binary(0), attachments: [bytes]))
            } catch SendRefusal.queueFull {
                refusals += 1
            }
        }
        #expect(refusals == 1)
        let begin = ContinuousClock.now
        await client.close()
        #expect(begin.duration(to: .now) < .seconds(5))
        try await server.stop()
    }

    @Test func nothingIsLeftOfAClientThatWasClosed() async throws {
        let server = try await FakeServer.start()
        let client = try await open(server.port)
        await client.close()
        await client.close()
        try await server.allClosed()
        let error = await #expect(throws: SendRefusal.self) {
            try await client.emit(OutgoingEvent("a"), replacing: "slot")
        }
        #expect(error == .notConnected)
        await client.reconnect()
        #expect(await !client.isConnected)
        try await server.stop()
    }

    private func open(_ port: Int) async throws -> SocketClient {
        var listening = try Listening(port: port, webSocketOnly)
        await listening.client.reconnect()
        try await listening.connected()
        return listening.client
    }

    @Test func aClientThatWasClosedGoesAway() async throws {
        let server = try await FakeServer.start()
        let gone = WeakClient()
        do {
            let client = try await open(server.port)
            gone.client = client
            await client.close()
        }
        for _ in 0..<100 where gone.client != nil { try await Task.sleep(for: .milliseconds(20)) }
        #expect(gone.client == nil)
        try await server.stop()
    }

    private final class WeakClient {
        weak var client: SocketClient?
    }
}
