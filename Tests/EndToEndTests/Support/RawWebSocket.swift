import Files
import Foundation
import JSON
import Testing

/// A WebSocket to a Socket.IO server that shows what crosses the line and does only what it is told, but for answering
/// pings.
actor RawWebSocket {
    struct NeverCame: Error, CustomStringConvertible {
        let wanted: String

        var description: String { "\(wanted) never came" }
    }

    struct Unexpected: Error {
        let wanted: String
        /// Nil when the server has closed.
        let text: String?
    }

    static let patience = Duration.seconds(20)

    private let executor = BlockingExecutor(label: "socket")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let socket: RawSocket
    private var unread: [UInt8] = []

    /// Opens the WebSocket; the server's `0{…}` comes next.
    init(port: Int, path: String = "/socket.io/", query: String = "", receiveBuffer: Int32? = nil) throws {
        socket = try RawSocket(port: port, receiveBuffer: receiveBuffer)
        socket.send(Self.request(path: path, query: query))
        let end = ContinuousClock.now + Self.patience
        while true {
            guard let bytes = socket.receive(until: end), !bytes.isEmpty else { throw NeverCame(wanted: "101") }
            unread += bytes
            if let mark = unread.firstRange(of: Array("\r\n\r\n".utf8)) {
                let answer = String(decoding: unread[..<mark.lowerBound], as: UTF8.self)
                guard answer.hasPrefix("HTTP/1.1 101 ") else { throw NeverCame(wanted: "101 instead of \(answer)") }
                unread.removeSubrange(..<mark.upperBound)
                return
            }
        }
    }

    /// Joins the namespace `/` of a tracker.
    static func join(
        port: Int, token: String?, query: String = "", receiveBuffer: Int32? = nil
    ) async throws -> RawWebSocket {
        let socket = try RawWebSocket(port: port, query: query, receiveBuffer: receiveBuffer)
        try await socket.expect("0{")
        await socket.send("40" + (token.map { "{\"token\":\"\($0)\"}" } ?? ""))
        try await socket.expect("40{")
        return socket
    }

    /// The request that asks for a WebSocket.
    static func request(path: String = "/socket.io/", query: String = "") -> [UInt8] {
        Array(
            """
            GET \(path)?EIO=4&transport=websocket\(query) HTTP/1.1\r
            Host: 127.0.0.1\r
            Connection: keep-alive, Upgrade\r
            Upgrade: websocket\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            \r\n
            """.utf8)
    }

    /// A frame as a client sends it (RFC 6455, section 5.2).
    static func frame(_ payload: [UInt8], opcode: UInt8 = 1, isLast: Bool = true) -> [UInt8] {
        var frame = [(isLast ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0x80 | 126] + (0..<2).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
        default: frame += [0x80 | 127] + (0..<8).reversed().map { UInt8(payload.count >> ($0 * 8) & 0xFF) }
        }
        // Long ones take their time to be masked; zeros are a mask as well.
        guard payload.count < 65536 else { return frame + [0, 0, 0, 0] + payload }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        frame += mask
        frame += payload.enumerated().map { $1 ^ mask[$0 % 4] }
        return frame
    }

    @discardableResult
    func send(_ text: String) -> Bool { socket.send(Self.frame(Array(text.utf8))) }

    /// - Parameter bytes: frames, or what looks like some.
    @discardableResult
    func send(bytes: [UInt8]) -> Bool { socket.send(bytes) }

    func emit(_ name: String, _ payload: JSONValue) {
        let arguments = JSONWriter.bytes(of: .array([.string(name), payload]), .compact)
        send("42" + String(decoding: arguments, as: UTF8.self))
    }

    /// The next message, which has to begin so. Pings are answered meanwhile.
    @discardableResult
    func expect(_ start: String) throws -> String {
        let text = try next()
        guard let text, text.hasPrefix(start) else { throw Unexpected(wanted: start, text: text) }
        return text
    }

    /// A whole conversation at one go, so that pings are answered however busy the machine is.
    func exchange(_ steps: [(say: String?, hear: String)]) throws {
        for step in steps {
            if let text = step.say { send(text) }
            try expect(step.hear)
        }
    }

    /// The next message, pings aside; nil when the server has closed.
    func next(within limit: Duration = patience) throws -> String? {
        let end = ContinuousClock.now + limit
        while true {
            guard let (opcode, payload) = try nextFrame(until: end), opcode != 8 else { return nil }
            guard opcode == 1, payload != [UInt8(ascii: "2")] else {
                if opcode == 1 { send("3") }
                continue
            }
            return String(decoding: payload, as: UTF8.self)
        }
    }

    private func nextFrame(until end: ContinuousClock.Instant) throws -> (opcode: UInt8, payload: [UInt8])? {
        while true {
            if let frame = takeFrame() { return frame }
            guard let bytes = socket.receive(until: end) else { throw NeverCame(wanted: "a message") }
            if bytes.isEmpty { return nil }
            unread += bytes
        }
    }

    private func takeFrame() -> (opcode: UInt8, payload: [UInt8])? {
        guard unread.count >= 2 else { return nil }
        let lengthBytes = unread[1] == 126 ? 2 : unread[1] == 127 ? 8 : 0
        let start = 2 + lengthBytes
        guard unread.count >= start else { return nil }
        let length = lengthBytes == 0 ? Int(unread[1]) : unread[2..<start].reduce(0) { $0 << 8 | Int($1) }
        guard unread.count >= start + length else { return nil }
        defer { unread.removeSubrange(..<(start + length)) }
        return (unread[0] & 0x0F, Array(unread[start..<(start + length)]))
    }

    /// True when the server has closed within that time, whatever it says before.
    func isClosed(within limit: Duration = patience) -> Bool { socket.isClosed(within: limit) }
}
