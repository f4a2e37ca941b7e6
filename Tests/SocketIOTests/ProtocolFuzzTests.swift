import JSON
@testable import SocketIO
import TestSupport
import Testing

/// Random bytes, and packets with mistakes in them, thrown at everything that reads what a client sends, and at the client.
///
/// FUZZ_SECONDS says how long, FUZZ_SEED repeats a run; each round has a generator of its own, named when it fails.
@Suite(.ownThread) struct ProtocolFuzzTests {
    @Test func whatIsTakenCanBeWrittenAndReadBackAndNothingCrashes() throws {
        let fuzz = FuzzRun()
        var rounds: UInt64 = 0
        var taken = Taken()
        while !fuzz.isOver {
            var round = FuzzRound(seed: fuzz.seed &+ rounds)
            round.play()
            try #require(round.findings.isEmpty, "FUZZ_SEED=\(fuzz.seed &+ rounds): \(round.findings)")
            taken.add(round.taken)
            rounds += 1
        }
        print(
            "\(rounds) rounds from seed \(fuzz.seed), taken: \(taken.packets) packets, \(taken.bodies) bodies, \(taken.events) events"
        )
        // That the mistakes leave enough for the layers behind the first.
        #expect(taken.packets > rounds)
        #expect(taken.bodies > rounds / 4)
        #expect(taken.events > rounds / 4)
    }
}

/// How much of what was thrown was taken.
private struct Taken {
    var packets: UInt64 = 0
    var bodies: UInt64 = 0
    var events: UInt64 = 0

    mutating func add(_ other: Taken) {
        packets += other.packets
        bodies += other.bodies
        events += other.events
    }
}

private struct FuzzRound {
    private var generator: SeededGenerator
    private(set) var findings: [String] = []
    private(set) var taken = Taken()

    private static let samples: [[UInt8]] = [
        "0", "1", "2", "2probe", "3", "3probe", "4", "5", "6", "4hello", "bAQIDBA==", "b", "40", "40{\"token\":\"x\"}",
        "40/custom,",
        "41", "41/custom,", "42[\"message\",1,\"two\",{\"3\":[true,null]}]", "42/custom,12[\"x\"]",
        "4212[\"x\",-1.5e300]",
        "4312[]", "43/custom,0[1,2]", "44{\"message\":\"no\"}", "451-[\"x\",{\"_placeholder\":true,\"num\":0}]",
        "452-/custom,7[\"x\",{\"_placeholder\":true,\"num\":1},{\"a\":{\"_placeholder\":true,\"num\":0}}]",
        "450-[\"x\"]",
        "461-7[{\"_placeholder\":true,\"num\":0}]", "42[\"\\ud83d\\ude42\\ud800\",\"é漢🙂\"]",
        "0{\"sid\":\"abc\",\"upgrades\":[\"websocket\"],\"pingInterval\":300,\"pingTimeout\":200,\"maxPayload\":1000000}",
        "42[\"x\",12345678901234567890123,[[[[[[[[]]]]]]]]]", "4a\u{1E}4b\u{1E}bAQ==\u{1E}2",
    ].map { Array($0.utf8) }

    private static let fragments: [[UInt8]] =
        [
            "\u{1E}", "[", "]", "{", "}", "\"", "\\", "\\u", "\\ud800", ",", ":", "-", "0", "1", "9",
            "99999999999999999999", "/", "/custom,",
            "b", "=", "A", "probe", "_placeholder", "true", "null", " ", "\u{0}", "é", "🙂", "2", "4", "5", "6", "51-",
            "\n", "e", ".",
        ].map { Array($0.utf8) } + [
            [0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0], [UInt8](repeating: 0x5B, count: 300),
        ]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func play() {
        for _ in 0..<4 { packet(input()) }
        for _ in 0..<2 { body(joined()) }
        handshake(input())
        for _ in 0..<4 { socketPacket(Array(input().dropFirst())) }
        sockets()
        engine()
        client()
    }

    // MARK: What is thrown

    private mutating func number(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    private mutating func sample() -> [UInt8] { Self.samples[number(Self.samples.count)] }

    private mutating func input() -> [UInt8] {
        guard number(12) > 0 else {
            return (0..<number(24)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        }
        var bytes = sample()
        for _ in 0..<(number(2) * number(5)) { mutate(&bytes) }
        return bytes
    }

    private mutating func joined() -> [UInt8] {
        var bytes = input()
        for _ in 0..<number(4) { bytes += [0x1E] + input() }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let start = number(bytes.count + 1)
        let end = min(bytes.count, start + number(4))
        switch number(6) {
        case 0: bytes.insert(contentsOf: Self.fragments[number(Self.fragments.count)], at: start)
        case 1: bytes.replaceSubrange(start..<end, with: Self.fragments[number(Self.fragments.count)])
        case 2: bytes.removeSubrange(start..<end)
        case 3 where start < bytes.count: bytes[start] ^= 1 << UInt8(number(8))
        case 4:
            let other = sample()
            bytes = Array(bytes[..<start] + other[number(other.count + 1)...])
        default: bytes.insert(contentsOf: Array(bytes[start..<end]), at: start)
        }
    }

    private mutating func expect(_ isTrue: Bool, _ what: String, _ bytes: [UInt8]) {
        if !isTrue { findings.append("\(what): \(bytes) \(string(bytes).debugDescription)") }
    }

    // MARK: Engine.IO

    private mutating func packet(_ bytes: [UInt8]) {
        guard let packet = try? EnginePacket(text: bytes) else { return }
        taken.packets += 1
        expect(packet.text == bytes && packet.length == bytes.count, "a packet is written otherwise", bytes)
        expect((try? EnginePacket(text: packet.text ?? [])) == packet, "a packet is read back otherwise", bytes)
    }

    private mutating func body(_ bytes: [UInt8]) {
        guard let packets = try? PollingPayload.packets(of: bytes) else { return }
        taken.bodies += 1
        let written = PollingPayload.body(of: packets)
        expect((try? PollingPayload.packets(of: written)) == packets, "a body is read back otherwise", bytes)
        let length = packets.reduce(-1) { $0 + PollingPayload.length(of: $1) }
        expect(length == written.count, "a body has another length", bytes)
    }

    private mutating func handshake(_ bytes: [UInt8]) {
        guard let handshake = try? EngineHandshake(json: Array(bytes.dropFirst())) else { return }
        expect((try? EngineHandshake(json: handshake.json)) == handshake, "a handshake is read back otherwise", bytes)
    }

    /// Requests, frames and time in any order. After the end there is nothing, and there is one end.
    private mutating func engine() {
        let start = ContinuousClock.now
        var milliseconds = 0
        var ends = 0
        var session = EngineSession(
            sid: "s", transport: number(3) > 0 ? .polling : .webSocket,
            configuration: EngineConfiguration(
                pingInterval: .milliseconds(300), pingTimeout: .milliseconds(200), maxPayload: 1 + number(60),
                maxQueue: 300),
            at: start)
        _ = session.open()
        for _ in 0..<30 {
            let now = start + .milliseconds(milliseconds)
            let hadEnded = session.deadline == nil
            let actions = engineStep(&session, now)
            milliseconds += number(3) * number(150)
            ends += actions.count { $0 == .ended }
            expect(!hadEnded || actions.allSatisfy { $0 == .refusePoll }, "something after the end: \(actions)", [])
            expect((ends > 0) == (session.deadline == nil), "an end without its action", [])
        }
        expect(ends <= 1, "\(ends) ends", [])
    }

    private mutating func engineStep(_ session: inout EngineSession, _ now: ContinuousClock.Instant) -> [EngineSession
        .Action]
    {
        switch number(14) {
        case 0, 1: return session.poll(at: now)
        case 2: return number(4) == 0 ? session.pollCancelled() : []
        case 3, 4:
            do throws(EngineProtocolError) {
                return try session.post(joined(), at: now)
            } catch {
                return session.fail(error)
            }
        case 5: return (try? EnginePacket(text: input())).map { session.frame($0, at: now) } ?? []
        case 6:
            _ = session.openProbe(at: now)
            return []
        case 7: return session.probeFrame(.ping(EnginePacket.probe), at: now)
        case 8: return session.probeFrame(number(3) > 0 ? .upgrade : .noop, at: now)
        case 9: return number(3) == 0 ? session.probeClosed() : session.writabilityChanged(to: number(2) == 0)
        case 10, 11:
            return session.send(
                number(2) == 0 ? .text(sample()) : .binary(sample()), replacing: number(3) == 0 ? "p" : nil)
        case 12: return session.tick(at: now)
        default: return number(6) == 0 ? session.close(at: now) : number(6) == 0 ? session.webSocketClosed() : []
        }
    }

    // MARK: The client

    /// A server that says anything, to a client that sends and closes at any time. After the end there is nothing, and there
    /// is one end.
    private mutating func client() {
        let start = ContinuousClock.now
        var milliseconds = 0
        var ends = 0
        let token = String(repeating: "t", count: number(3) * number(400))
        var session = SocketClientSession(
            transport: number(2) == 0 ? .polling : .webSocket, payload: .object(["token": .string(token)]),
            limits: .init(
                handshakeTimeout: .seconds(1), closeTimeout: .milliseconds(200), maximumQueue: 1 + number(2000)),
            maximumPacket: 1 + number(1000), at: start)
        _ = session.start(at: start)
        for step in 0..<30 {
            let now = start + .milliseconds(milliseconds)
            let hadEnded = session.deadline == nil
            let actions = clientStep(&session, step, now)
            milliseconds += number(3) * number(150)
            for case .event(let event, _) in actions { _ = event.arguments.map(event.content.attachment) }
            ends += actions.count { if case .ended = $0 { true } else { false } }
            expect(!hadEnded || actions.isEmpty, "something after the client's end: \(actions)", [])
            expect((ends > 0) == (session.deadline == nil), "an end of the client without its action", [])
        }
        expect(ends <= 1, "\(ends) ends of the client", [])
    }

    private mutating func clientStep(
        _ session: inout SocketClientSession, _ step: Int, _ now: ContinuousClock.Instant
    ) -> [SocketClientSession.Action] {
        // Most servers begin as they should, so that what is behind the beginning is reached.
        if step == 0, number(8) > 0 { return said(hostileHandshake(), to: &session, now) }
        if step == 1, number(8) > 0 { return said(Array("40{\"sid\":\"x\"}".utf8), to: &session, now) }
        switch number(10) {
        case 0...3: return said(number(2) == 0 ? input() : joined(), to: &session, now)
        case 4: return session.handle(.postAnswered(status: number(4) == 0 ? 413 : 200), at: now)
        case 5: return session.handle(.writable(number(2) == 0), at: now)
        case 6: return session.handle(.tick, at: now)
        case 7, 8:
            let event = OutgoingEvent("x", .string(string(sample())))
            return (try? session.send(event, replacing: number(2) == 0 ? "slot" : nil, at: now)) ?? []
        default: return number(8) == 0 ? session.close(at: now) : []
        }
    }

    private mutating func said(
        _ bytes: [UInt8], to session: inout SocketClientSession, _ now: ContinuousClock.Instant
    ) -> [SocketClientSession.Action] {
        switch session.transport {
        case .polling:
            return session.handle(.pollAnswered(status: number(20) == 0 ? number(600) : 200, body: bytes), at: now)
        case .webSocket:
            var assembler = MessageAssembler()
            guard let packet = try? assembler.take(number(9) == 0 ? .binary : .text, isLast: true, bytes, within: 500)
            else { return [] }
            return session.handle(.frame(packet), at: now)
        }
    }

    /// Numbers that arithmetic does not like, and members that are missing or of another kind.
    private mutating func hostileHandshake() -> [UInt8] {
        let numbers = [
            "1", "300", "86400000", "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
            "1e999", "2147483648", "0.5", "null", "\"1\"", "[]", "{}", "true",
        ]
        var members = ["\"sid\":\"abc\""]
        for (name, usual) in [("pingInterval", "300"), ("pingTimeout", "200"), ("maxPayload", "1000")] {
            guard number(6) > 0 else { continue }
            let isUsual = name != "maxPayload" && number(4) > 0
            members.append("\"\(name)\":\(isUsual ? usual : numbers[number(numbers.count)])")
        }
        return Array("0{\(members.joined(separator: ","))}".utf8)
    }

    // MARK: Socket.IO

    /// - Parameter bytes: what follows the engine's type.
    private mutating func socketPacket(_ bytes: [UInt8]) {
        guard let packet = try? SocketPacket(.text(bytes)), PollingPayload.isUTF8(bytes) else { return }
        let written = SocketPacket.message(
            packet.kind, namespace: packet.namespace, id: packet.id, attachments: packet.attachments, data: packet.data)
        expect((try? SocketPacket(written)) == packet, "a packet of Socket.IO is read back otherwise", bytes)
    }

    /// A client that joins as it should, and then says anything. Its events are passed on to another connection.
    private mutating func sockets() {
        var session = joinedSession()
        var attachments = 0
        for _ in 0..<8 {
            let bytes = input()
            let message: EngineMessage
            if number(8) == 0 || attachments > 0 && number(8) > 0 {
                message = .binary(bytes)
                attachments -= 1
            } else {
                guard PollingPayload.isUTF8(bytes), case .message(let text) = try? EnginePacket(text: bytes) else {
                    continue
                }
                message = text
                attachments = (try? SocketPacket(text).attachments) ?? 0
            }
            for action in session.receive(message) {
                switch action {
                case .event(let sid, let event, _): passOn(event, sid, bytes)
                case .acknowledged(_, _, let content): _ = content.values.map(content.attachment)
                case .admit(let namespace, _): _ = session.accept(namespace, sid: namespace)
                case .close:
                    session = joinedSession()
                    attachments = 0
                case .send, .left: break
                }
            }
        }
    }

    private func joinedSession() -> SocketSession {
        var session = SocketSession(namespaces: ["/", "/custom"], connectTimeout: .seconds(1), at: .now)
        for (namespace, text) in [("/", "0"), ("/custom", "0/custom,")] {
            _ = session.receive(EngineMessage(text))
            _ = session.accept(namespace, sid: namespace)
        }
        return session
    }

    private mutating func passOn(_ event: SocketEvent, _ sid: String, _ bytes: [UInt8]) {
        taken.events += 1
        _ = event.arguments.map(event.content.attachment)
        try? event.readObject { reader, _ throws(JSONError) in try reader.skipValue() }
        for namespace in ["/", "/custom"] {
            let relayed = OutgoingEvent(relaying: event, namespace: namespace)
            expect(arrival(of: relayed.messages, in: namespace) == event, "an event is passed on otherwise", bytes)
        }
        let anew = OutgoingEvent(
            event.name, event.arguments, attachments: event.content.attachments, namespace: "/custom")
        let read = arrival(of: anew.messages, in: "/custom")
        expect(read?.name == event.name && read?.arguments == event.arguments, "an event is written otherwise", bytes)
    }

    private func arrival(of messages: [EngineMessage], in namespace: String) -> SocketEvent? {
        var session = SocketSession(namespaces: [namespace], connectTimeout: .seconds(1), at: .now)
        _ = session.receive(SocketPacket.message(.connect, namespace: namespace, data: []))
        _ = session.accept(namespace, sid: "a")
        for message in messages {
            if case .event(_, let event, _)? = session.receive(message).first { return event }
        }
        return nil
    }
}
