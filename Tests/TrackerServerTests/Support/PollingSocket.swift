import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// A client of Socket.IO by long polling, which needs nothing but requests.
actor PollingSocket {
    private let server: TestServer
    private let path: String
    private var waiting: [String] = []

    struct Closed: Error {}

    /// What is taken for a PNG as long as nobody decodes it.
    static let picture =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        + Array("the rest of a picture".utf8)

    static func join(
        _ server: TestServer, as person: Person, host: String? = nil
    ) async throws -> PollingSocket {
        let socket = try await opened(server)
        var payload = JSONObject([("token", .string(person.token))])
        payload["host"] = host.map { .string($0) }
        try await socket.connect(.object(payload))
        _ = try await socket.packet("40{")
        return socket
    }

    /// Before its CONNECT.
    static func opened(_ server: TestServer) async throws -> PollingSocket {
        let path = "/socket.io/?EIO=4&transport=polling"
        let handshake = try await server.get(path).text.dropFirst()
        let sid = try JSONReader.value(of: Array(handshake.utf8)).object?["sid"]?.text
        return PollingSocket(server: server, path: path + "&sid=" + (try #require(sid)))
    }

    private init(server: TestServer, path: String) {
        self.server = server
        self.path = path
    }

    func connect(_ payload: JSONValue) async throws {
        try await post("40" + String(decoding: JSONWriter.bytes(of: payload, .compact), as: UTF8.self))
    }

    func emit(_ name: String, _ payload: JSONValue) async throws { try await emit(name, arguments: [payload]) }

    func emit(_ name: String, arguments: [JSONValue]) async throws {
        let bytes = JSONWriter.bytes(of: .array([.string(name)] + arguments), .compact)
        try await post("42" + String(decoding: bytes, as: UTF8.self))
    }

    func sendFrame(_ employee: String, ts: String, image: [UInt8] = picture) async throws {
        try await emit(
            LiveEventName.liveViewFrame,
            .object([
                "employeeId": .string(employee), "frameBase64": .string(Data(image).base64EncodedString()),
                "ts": .string(ts),
            ]))
    }

    /// The payload of the next event, which must have this name.
    func event(_ name: String, sourceLocation: SourceLocation = #_sourceLocation) async throws -> JSONValue {
        let packet = try await packet("42")
        let event = try #require(try JSONReader.value(of: Array(packet.dropFirst(2).utf8)).array)
        try #require(event.first?.text == name, "\(packet)", sourceLocation: sourceLocation)
        return event.count > 1 ? event[1] : .null
    }

    /// The next packet, which must begin so.
    /// - Throws: ``Closed`` when the server has closed.
    func packet(_ start: String) async throws -> String {
        while waiting.isEmpty {
            let reply = try await server.get(path)
            guard reply.status == 200 else { throw Closed() }
            waiting = reply.text.split(separator: "\u{1E}").map(String.init).filter { $0 != "6" }
            if waiting.first == "2" {
                waiting.removeFirst()
                try await post("3")
            }
        }
        let packet = waiting.removeFirst()
        guard packet != "1", packet != "41" else { throw Closed() }
        try #require(packet.hasPrefix(start), "\(packet) instead of \(start)")
        return packet
    }

    private func post(_ packet: String) async throws {
        let reply = try await server.send(
            "POST", path, headers: ["Content-Type": "text/plain"], body: Array(packet.utf8))
        guard reply.status == 200 else { throw Closed() }
    }
}
