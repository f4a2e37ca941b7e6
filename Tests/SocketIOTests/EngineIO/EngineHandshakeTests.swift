import JSON
import SocketIO
import Testing

@Suite struct EngineHandshakeTests {
    private let handshake = EngineHandshake(
        sid: "abc", upgrades: ["websocket"], pingInterval: 300, pingTimeout: 200, maxPayload: 1_000_000)

    @Test func itHasTheFiveKeysOfTheProtocolAndNoOther() throws {
        #expect(
            string(handshake.json)
                == #"{"sid":"abc","upgrades":["websocket"],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#)
        #expect(try EngineHandshake(json: handshake.json) == handshake)
    }

    @Test(arguments: ["", #","maxPayload":9223372036854775807"#, #","maxPayload":null"#, #","maxPayload":2147483648"#])
    func aClientTakesUnknownKeysAndAServerWithoutLimit(limit: String) throws {
        let text = #"{"new":1,"pingTimeout":2,"pingInterval":1,"upgrades":[],"sid":"x"\#(limit)}"#
        let expected = EngineHandshake(
            sid: "x", upgrades: [], pingInterval: 1, pingTimeout: 2, maxPayload: EngineHandshake.largestPayload)
        #expect(try EngineHandshake(json: Array(text.utf8)) == expected)
    }

    @Test func anIDThatNoAddressHasRoomForIsRefused() throws {
        func handshake(_ length: Int) throws -> EngineHandshake {
            let id = String(repeating: "a", count: length)
            return try EngineHandshake(json: Array(#"{"sid":"\#(id)","pingInterval":1,"pingTimeout":1}"#.utf8))
        }
        #expect(try handshake(EngineHandshake.longestID).sid.count == 1024)
        #expect(throws: EngineProtocolError.self) { try handshake(EngineHandshake.longestID + 1) }
    }

    @Test(arguments: [
        "", "null", "[]", "{}", #"{"sid":"","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}"#,
        #"{"sid":1,"pingInterval":1,"pingTimeout":1}"#, #"{"sid":"a","pingInterval":0,"pingTimeout":1}"#,
        #"{"sid":"a","pingInterval":1,"pingTimeout":-1}"#, #"{"sid":"a","pingInterval":"1","pingTimeout":1}"#,
        #"{"sid":"a","pingInterval":true,"pingTimeout":1}"#, #"{"sid":"a","pingInterval":1e300,"pingTimeout":1}"#,
        #"{"sid":"a","pingInterval":86400001,"pingTimeout":1}"#, #"{"sid":"a","pingInterval":1.5,"pingTimeout":1}"#,
        #"{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":0}"#,
        #"{"sid":"a","pingInterval":1,"pingTimeout":1} x"#,
    ])
    func whatIsNoHandshakeIsRefused(text: String) {
        #expect(throws: EngineProtocolError.self) { try EngineHandshake(json: Array(text.utf8)) }
    }

    @Test(arguments: [
        (Duration.milliseconds(300), 300), (.seconds(25), 25_000), (.microseconds(1500), 1),
        (.milliseconds(86_400_000), 86_400_000),
        (.microseconds(999), 1), (.zero, 1), (.seconds(-1), 1), (.seconds(Int64.max), 86_400_000),
    ])
    func timesAreToldInWholeMilliseconds(interval: Duration, milliseconds: Int) throws {
        #expect(try told(EngineConfiguration(pingInterval: interval)).pingInterval == milliseconds)
    }

    /// The handshake that a server of this configuration sends.
    func told(_ configuration: EngineConfiguration, _ transport: EngineTransport = .webSocket) throws -> EngineHandshake
    {
        var session = EngineSession(sid: "s", transport: transport, configuration: configuration, at: .now)
        guard case .send(let packets)? = session.open().first, case .open(let json)? = packets.first else {
            throw EngineProtocolError(expected: "a handshake")
        }
        return try EngineHandshake(json: json)
    }
}
