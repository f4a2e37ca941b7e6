import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What no honest client sends, to the real server: it harms nobody else.
@Suite(.timeLimit(.minutes(5)))
struct HostileSocketsTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    /// A manager who watches an employee, both by bare WebSockets.
    private func watching(
        _ settings: [String: String] = [:], receiveBuffer: Int32? = nil
    ) async throws -> (server: LiveServer, manager: RawWebSocket, employee: RawWebSocket) {
        let server = try await LiveServer.start(settings)
        try await server.hire(mira, password: password)
        let manager = try await RawWebSocket.join(
            port: server.port, token: try await server.login(), receiveBuffer: receiveBuffer)
        try await manager.expect("42[\"presence:list\",{\"users\":[]}]")
        let employee = try await RawWebSocket.join(
            port: server.port, token: try await server.login(mira, password))
        try await employee.expect("42[\"interval:assigned\"")
        try await manager.expect("42[\"presence:online\"")
        await manager.emit("live_view:start", target)
        try await employee.expect(#"42["live_view:initiate",{"by":"\#(LiveServer.administrator)"}]"#)
        return (server, manager, employee)
    }

    private var target: JSONValue { .object(["employeeId": .string(mira)]) }

    private func frame(_ number: Int, _ image: String = "AAAA") -> String {
        let text = ##"42["live_view:frame",{"employeeId":"\##(mira)","frameBase64":"\##(image)","ts":"##
        return text + "\(number)}]"
    }

    // MARK: Payloads

    @Test func framesGoOnByteForByte() async throws {
        let (server, manager, employee) = try await watching()
        let image = String(repeating: "iVBORw0KGgo+/w==", count: 3750)
        let frames = [
            frame(1, image),
            ##"42["live_view:frame", {"ts" : "x","more":{"b":1.50,"a":[1e5,-0]},"employeeId":"\##(mira)","frameBase64":"AA"}]"##,
            ##"42["live_view:frame",{"employeeId":"\u006dira@harbour.example","frameBase64":"A\/B\u002b","ts":"\ud83d\ude42é"}]"##,
            ##"42["live_view:frame",{"employeeId":"\##(mira)","frameBase64":"","ts":"x","c":"\ud800"},"second",[3]]"##,
            ##"42["live_view:frame",{"employeeId":"jonas","employeeId":"\##(mira)","frameBase64":"","ts":12345678901234567890}]"##,
        ]
        for frame in frames {
            await employee.send(frame)
            let arrived = try await manager.next()
            let isSame = arrived == frame
            #expect(isSame, "\(arrived?.prefix(200) ?? "nothing") instead of \(frame.prefix(200))")
        }
        // But for the id, where it is not spelled as the account's is.
        let rest = ##""ts":1.50,"frameBase64":"\##(image)","c":"\ud800"},"second",[3]]"##
        await employee.send(##"42["live_view:frame",{"employeeId":"MIRA@harbour.example",\##(rest)"##)
        let corrected = try await manager.next()
        let isCorrected = corrected == ##"42["live_view:frame",{"employeeId":"\##(mira)",\##(rest)"##
        #expect(isCorrected)
        _ = await server.stop()
    }

    /// Missing, of another type, of other people, huge, nested: neither role can do anything with it.
    @Test func badPayloadsChangeNothing() async throws {
        let (server, manager, employee) = try await watching()
        let huge = JSONValue.string(String(repeating: "x", count: 900_000))
        let nested = (0..<150).reduce(JSONValue.null) { value, _ in .array([value]) }
        let values: [JSONValue] = [
            .null, .bool(true), .number(-1.5), .string(mira), .array([]), .object([:]), nested, huge,
            .string("nobody@harbour.example"), .string(""), .string(LiveServer.administrator),
        ]
        var payloads = values + values.filter { $0 != .string(mira) }.map { .object(["employeeId": $0]) }
        payloads.append(.object(["employeeID": .string(mira)]))
        let fromServer = ["presence:list", "presence:online", "presence:offline", "interval:assigned"]
        for payload in payloads {
            for name in ["live_view:start", "live_view:stop", "live_view:initiate", ""] + fromServer {
                if payload.isLong && name != "live_view:stop" { continue }
                await manager.emit(name, payload)
                await employee.emit(name, payload)
            }
            for name in ["live_view:frame", "live_view:terminate", "live_view:watchers"] {
                await manager.emit(name, payload)
            }
            for name in ["live_view:frame", "live_view:watchers"] { await employee.emit(name, payload) }
        }
        // Well-formed, but not for that role.
        for name in ["live_view:start", "live_view:stop"] { await employee.emit(name, target) }
        for bad in [
            #"{"employeeId":"\#(mira)"}"#, #"{"employeeId":"\#(mira)","frameBase64":1,"ts":"x"}"#,
            #"{"employeeId":"\#(mira)","frameBase64":"AA"}"#, #"{"employeeId":"\#(mira)","frameBase64":"AA","ts":[]}"#,
        ] {
            await employee.send(#"42["live_view:frame",\#(bad)]"#)
        }
        for name in ["live_view:start", "live_view:stop", "live_view:frame", "nothing"] {
            await employee.send("42[\"\(name)\"]")
            await manager.send("42[\"\(name)\"]")
        }
        await manager.send(frame(1))
        // The first that the manager hears of all this is the frame, the first that the employee hears is the end.
        await employee.send(frame(2))
        #expect(try await manager.next() == frame(2))
        await manager.emit("live_view:stop", target)
        #expect(
            try await employee.next() == #"42["live_view:terminate",{"by":"\#(LiveServer.administrator)"}]"#)
        _ = await server.stop()
    }

    @Test func whatCannotBeReadEndsThatConnectionAlone() async throws {
        let (server, manager, employee) = try await watching()
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 1_000_001)
        let deep = Array("42[\"live_view:start\",".utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 400_000)
        let frames: [[UInt8]] = [
            RawWebSocket.frame(long),
            RawWebSocket.frame(Array(long.dropFirst(9)), isLast: false)
                + RawWebSocket.frame(Array(long.prefix(99)), opcode: 0),
            [0x81, 0xFF, 0x3F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], [0x81, 0x01, 0x33],
            [0xF1, 0x80, 0, 0, 0, 0], [0x8B, 0x80, 0, 0, 0, 0], RawWebSocket.frame([0xFF, 0xFE]),
            RawWebSocket.frame(deep),
        ]
        let texts = [
            "", "7", "9", "42", "42{", "42[", "42[]", "42[1]", "42[\"a\",]", "42[\"a\"]]", "43[]", "46", "4",
            "451-[\"a\",{\"_placeholder\":true,\"num\":1}]", "4511-[\"a\"]", "2",
        ]
        let token = try await server.login()
        for bytes in frames + texts.map({ RawWebSocket.frame(Array($0.utf8)) }) {
            let socket = try await RawWebSocket.join(port: server.port, token: token)
            await socket.send(bytes: bytes)
            #expect(
                await socket.isClosed(within: .seconds(5)),
                "open after \(String(decoding: bytes.prefix(40), as: UTF8.self).debugDescription)")
        }
        await employee.send(frame(3))
        #expect(try await manager.next() == frame(3))
        _ = await server.stop()
    }

    @Test func aSocketEndsWithItsToken() async throws {
        let server = try await LiveServer.start(["JWT_SECRET": ForgedToken.secret])
        let token = try ForgedToken.token(try await server.login(), expiringIn: 3)
        let socket = try await RawWebSocket.join(port: server.port, token: token)
        try await socket.expect("42[\"presence:list\"")
        #expect(await socket.isClosed(within: .seconds(10)))
        _ = await server.stop()
    }

    // MARK: Numbers

    @Test func aThousandWhoNeverSpeakAreClosed() async throws {
        let server = try await LiveServer.start(["SOCKET_PING_INTERVAL_MS": "500", "SOCKET_PING_TIMEOUT_MS": "500"])
        let size = try ProcessSize(of: server.processID)
        let port = server.port
        let before = try size.descriptors
        let stillOpen = try await BlockingExecutor(label: "mute").run { () throws -> Int in
            let sockets = try (0..<1000).map { _ in
                let socket = try RawSocket(port: port)
                socket.send(RawWebSocket.request())
                return socket
            }
            return sockets.count { !$0.isClosed(within: .seconds(20)) }
        }
        #expect(stillOpen == 0)
        #expect(try await size.shrinks(to: before))
        _ = try await RawWebSocket.join(port: port, token: try await server.login())
        _ = await server.stop()
    }

    /// Half of them are reset, half closed.
    @Test func tenThousandConnectionsThatAreDroppedLeaveNothing() async throws {
        let server = try await LiveServer.start()
        let size = try ProcessSize(of: server.processID)
        let port = server.port
        let token = try await server.login()
        let before = try size.descriptors
        func drop(_ count: Int) async throws {
            try await BlockingExecutor(label: "drops").run { () throws in
                for number in 0..<count {
                    let socket = try RawSocket(port: port)
                    if number % 2 == 0 { socket.resetWhenClosed() }
                    let connect = RawWebSocket.frame(Array("40{\"token\":\"\(token)\"}".utf8))
                    socket.send(RawWebSocket.request() + (number % 4 < 2 ? connect : []))
                    // In any state of the handshake.
                    if number % 3 > 0 { _ = socket.receive(until: .now + .seconds(20)) }
                }
            }
        }
        try await drop(500)
        #expect(try await size.shrinks(to: before))
        let memory = try size.memory
        try await drop(10_000)
        #expect(try await size.shrinks(to: before))
        let growth = try size.memory - memory
        #expect(growth < 8_000_000)
        let manager = try await RawWebSocket.join(port: port, token: token)
        try await manager.expect("42[\"presence:list\"")
        _ = await server.stop()
    }

    /// The eleventh is let in. The first is told to stay away, so that its client does not push out the second.
    @Test func ofElevenSocketsOfAnAccountTheOldestIsClosed() async throws {
        let server = try await LiveServer.start()
        let token = try await server.login()
        var sockets: [RawWebSocket] = []
        for _ in 0..<11 {
            let socket = try await RawWebSocket.join(port: server.port, token: token)
            try await socket.expect("42[\"presence:list\"")
            sockets.append(socket)
        }
        #expect(try await sockets[0].next() == "41")
        #expect(try await sockets[0].next() == nil)
        try await server.hire(mira, password: password)
        let employee = try await RawWebSocket.join(port: server.port, token: try await server.login(mira, password))
        try await employee.expect("42[\"interval:assigned\"")
        for socket in sockets.dropFirst() { try await socket.expect("42[\"presence:online\"") }
        _ = await server.stop()
    }

    // MARK: Slowness

    @Test func aWatcherWhoDoesNotReadGetsTheNewestFramesOnly() async throws {
        let (server, slow, employee) = try await watching(receiveBuffer: 8192)
        let size = try ProcessSize(of: server.processID)
        let other = try await RawWebSocket.join(port: server.port, token: try await server.login())
        try await other.expect("42[\"presence:list\"")
        await other.emit("live_view:start", target)
        try await employee.expect("42[\"live_view:initiate\"")
        let image = String(repeating: "A", count: 400_000)
        func send(_ numbers: ClosedRange<Int>) async throws {
            for number in numbers {
                await employee.send(frame(number, image))
                let arrived = try await other.next()
                let isNext = arrived?.hasSuffix("\"ts\":\(number)}]") ?? false
                #expect(isNext)
            }
        }
        try await send(1...20)
        let memory = try size.memory
        try await send(21...100)
        let growth = try size.memory - memory
        #expect(growth < 8_000_000)
        var numbers: [Int] = []
        while numbers.last != 100 {
            let text = try #require(try await slow.next())
            let match = try #require(text.suffix(12).firstMatch(of: /"ts":(\d+)}]$/))
            numbers.append(try #require(Int(match.1)))
        }
        #expect(numbers == numbers.sorted())
        #expect(numbers.count < 30)
        _ = await server.stop()
    }

    /// It asks for answers, takes none, and does not hear that it is to go.
    @Test func whoNeverReadsCostsNoMemoryAndIsClosedInTheEnd() async throws {
        let server = try await LiveServer.start(["SOCKET_PING_INTERVAL_MS": "1500", "SOCKET_PING_TIMEOUT_MS": "1500"])
        let size = try ProcessSize(of: server.processID)
        let port = server.port
        let before = try size.descriptors
        let ping = RawWebSocket.frame([UInt8](repeating: 0x2E, count: 125), opcode: 9)
        let pings = Array(repeatElement(ping, count: 1000).joined())
        let memory = try size.memory
        let socket = try RawSocket(port: port, receiveBuffer: 4096)
        socket.send(RawWebSocket.request())
        let end = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < end { socket.send(pings) }
        let growth = try size.memory - memory
        #expect(growth < 16_000_000)
        #expect(try await size.shrinks(to: before, within: .seconds(15)))
        withExtendedLifetime(socket) {}
        _ = await server.stop()
    }
}

extension JSONValue {
    fileprivate var isLong: Bool {
        if let text { text.utf8.count > 1000 } else { object?["employeeId"]?.isLong ?? false }
    }
}
