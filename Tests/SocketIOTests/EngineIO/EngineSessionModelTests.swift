@testable import SocketIO
import TestSupport
import Testing

/// A client and its connections as values: everything takes its time on the way, and nothing overtakes on one connection.
private struct SimulatedClient {
    private enum Stage: Hashable { case polling, opening, probing, pausing, webSocket }

    private enum Request: Hashable { case get, post([EnginePacket]) }

    var session: EngineSession
    private var now: ContinuousClock.Instant
    private var stage = Stage.polling
    private var requests: [Request] = []
    private var answers: [[UInt8]] = []
    private var isPolling = false
    private var isPosting = false
    private var up: [EnginePacket] = []
    private var down: [EnginePacket] = []
    private var outbox: [EnginePacket] = []
    private(set) var upgrades = 0
    private(set) var abandoned = 0

    private(set) var sent: [EngineMessage] = []
    private(set) var received: [EngineMessage] = []
    private(set) var clientSent: [EngineMessage] = []
    private(set) var delivered: [EngineMessage] = []
    private(set) var complaints: [String] = []
    private let configuration: EngineConfiguration

    init() {
        configuration = EngineConfiguration(pingInterval: .seconds(1), pingTimeout: .seconds(100_000), maxPayload: 100)
        now = .now
        session = EngineSession(sid: "s", transport: .polling, configuration: configuration, at: now)
        _ = session.open()
    }

    var isQuiet: Bool {
        requests.allSatisfy { $0 == .get } && answers.isEmpty && up.isEmpty && down.isEmpty && outbox.isEmpty
    }

    mutating func step(_ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<16, using: &generator) {
        case 0, 1:
            let length = Int.random(
                in: 0..<(Int.random(in: 0..<8, using: &generator) == 0 ? 150 : 30), using: &generator)
            let text = "\(sent.count)" + String(repeating: "x", count: length)
            let message = Bool.random(using: &generator) ? EngineMessage(text) : .binary(Array(text.utf8))
            sent.append(message)
            act(session.send(message))
        case 2:
            let message = EngineMessage("\(clientSent.count)")
            clientSent.append(message)
            outbox.append(.message(message))
        case 3: changeStage(&generator)
        case 4: act(session.writabilityChanged(to: Bool.random(using: &generator)))
        case 5:
            now += .milliseconds(Int.random(in: 0..<(stage == .polling ? 3000 : 300), using: &generator))
            if let deadline = session.deadline, deadline <= now { act(session.tick(at: now)) }
        default: move(&generator)
        }
    }

    /// Brings everything to its end.
    mutating func settle(_ generator: inout SeededGenerator) {
        for _ in 0..<2000 {
            move(&generator)
            act(session.writabilityChanged(to: true))
        }
    }

    private mutating func changeStage(_ generator: inout SeededGenerator) {
        switch stage {
        case .polling where Int.random(in: 0..<4, using: &generator) == 0:
            if !session.openProbe(at: now) { complaints.append("a probe was refused") }
            stage = .opening
        case .opening, .probing, .pausing:
            guard Int.random(in: 0..<12, using: &generator) == 0, !up.contains(.upgrade) else { return }
            abandonProbe()
            if Bool.random(using: &generator) {
                act(session.probeClosed())
            } else {
                act(session.probeFrame(.text("wrong"), at: now))
            }
        default: break
        }
    }

    /// What is on its way through the WebSocket goes with it.
    private mutating func abandonProbe() {
        abandoned += 1
        stage = .polling
        up = []
        down = []
    }

    /// Something that is on its way arrives, or the client goes on.
    private mutating func move(_ generator: inout SeededGenerator) {
        switch Int.random(in: 0..<6, using: &generator) {
        case 0:
            guard !requests.isEmpty else { return }
            // Two requests are on connections of their own.
            arrive(requests.remove(at: Int.random(in: 0..<requests.count, using: &generator)))
        case 1:
            guard !answers.isEmpty else { return }
            read(answers.removeFirst())
        case 2:
            guard !up.isEmpty else { return }
            let packet = up.removeFirst()
            act(
                stage == .webSocket && session.transport == .webSocket
                    ? session.frame(packet, at: now) : session.probeFrame(packet, at: now))
        case 3:
            guard !down.isEmpty else { return }
            read(down.removeFirst())
        case 4 where stage == .opening:
            up.append(.ping(EnginePacket.probe))
            stage = .probing
        case 4 where stage == .pausing && !isPolling && !isPosting:
            up.append(.upgrade)
            stage = .webSocket
            upgrades += 1
        case 4 where stage != .pausing && stage != .webSocket && !isPolling:
            isPolling = true
            requests.append(.get)
        case 5 where stage == .webSocket:
            up += outbox
            outbox = []
        case 5 where stage != .pausing && !isPosting && !outbox.isEmpty:
            isPosting = true
            requests.append(.post(outbox))
            outbox = []
        default: break
        }
    }

    private mutating func arrive(_ request: Request) {
        switch request {
        case .get: act(session.poll(at: now))
        case .post(let packets):
            do throws(EngineProtocolError) {
                act(try session.post(PollingPayload.body(of: packets), at: now))
            } catch {
                complaints.append("a POST was refused: \(error)")
            }
            isPosting = false
        }
    }

    private mutating func read(_ body: [UInt8]) {
        isPolling = false
        do throws(EngineProtocolError) {
            let packets = try PollingPayload.packets(of: body)
            if packets.count > 16 { complaints.append("\(packets.count) packets in an answer") }
            if body.count > configuration.maxPayload, packets.count > 1 {
                complaints.append("an answer of \(body.count) bytes")
            }
            for packet in packets { read(packet) }
        } catch {
            complaints.append("\(error)")
        }
    }

    private mutating func read(_ packet: EnginePacket) {
        switch packet {
        case .message(let message): received.append(message)
        case .ping: outbox.append(.pong([]))
        case .pong(EnginePacket.probe) where stage == .probing: stage = .pausing
        case .noop: break
        case .open, .close, .pong, .upgrade: complaints.append("the client got \(packet)")
        }
    }

    private mutating func act(_ actions: [EngineSession.Action]) {
        for action in actions {
            switch action {
            case .answerPoll(let body): answers.append(body)
            case .send(let packets): down += packets
            case .sendProbe(let packet): down.append(packet)
            case .adoptProbe: break
            case .closeProbe:
                if stage != .polling { abandonProbe() }
            case .deliver(let message): delivered.append(message)
            case .refusePoll, .failPoll, .closeWebSocket, .closed, .ended: complaints.append("\(action)")
            }
        }
    }
}

/// Whatever happens in whatever order: what is sent arrives, once, in order.
@Suite struct EngineSessionModelTests {
    @Test func nothingIsLostDoubledOrReorderedThroughAnUpgradeAtAnyTime() {
        var (upgrades, abandoned, messages) = (0, 0, 0)
        for seed in 0..<400 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var client = SimulatedClient()
            for _ in 0..<Int.random(in: 50..<600, using: &generator) { client.step(&generator) }
            client.settle(&generator)
            #expect(client.received == client.sent, "seed \(seed)")
            #expect(client.delivered == client.clientSent, "seed \(seed)")
            #expect(client.complaints == [], "seed \(seed)")
            #expect(client.isQuiet, "seed \(seed)")
            upgrades += client.upgrades
            abandoned += client.abandoned
            messages += client.received.count
        }
        // That it was a test of something.
        #expect(upgrades > 100)
        #expect(abandoned > 50)
        #expect(messages > 5000)
    }
}
