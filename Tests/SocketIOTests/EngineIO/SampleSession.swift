@testable import SocketIO

/// Instants of a test: milliseconds after the session was made.
struct TestTime {
    private let start = ContinuousClock.Instant.now

    func callAsFunction(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }
}

extension EngineConfiguration {
    /// Pings after 300 ms, waits 200 ms for the answer.
    static let quick = EngineConfiguration(pingInterval: .milliseconds(300), pingTimeout: .milliseconds(200))
}

extension EngineSession {
    /// A session that is 0 ms old and whose handshake is over.
    static func opened(
        _ transport: EngineTransport, _ time: TestTime, _ configuration: EngineConfiguration = .quick
    ) -> EngineSession {
        var session = EngineSession(sid: "s", transport: transport, configuration: configuration, at: time(0))
        _ = session.open()
        return session
    }

    /// A session on polling whose client has sent `2probe` through a WebSocket and got its answer, at 0 ms.
    static func probed(_ time: TestTime, _ configuration: EngineConfiguration = .quick) -> EngineSession {
        var session = opened(.polling, time, configuration)
        _ = session.openProbe(at: time(0))
        _ = session.probeFrame(.ping(EnginePacket.probe), at: time(0))
        return session
    }

    mutating func send(_ text: String, replacing slot: String? = nil) -> [Action] {
        send(EngineMessage(text), replacing: slot)
    }

    mutating func post(_ body: String, at now: Instant) throws(EngineProtocolError) -> [Action] {
        try post(Array(body.utf8), at: now)
    }

    /// The whole body, without a pause.
    mutating func post(_ body: [UInt8], at now: Instant) throws(EngineProtocolError) -> [Action] {
        var reader = try PollingPayload.Reader(body)
        var actions: [Action] = []
        repeat {
            actions += try post(&reader, at: now)
        } while !reader.isAtEnd && acceptsHTTP
        return actions
    }
}

extension EngineSession.Action {
    static func answer(_ body: String) -> Self { .answerPoll(Array(body.utf8)) }
    static func deliver(_ text: String) -> Self { .deliver(EngineMessage(text)) }
    static func send(_ texts: String...) -> Self { .send(texts.map { .text($0) }) }
}
