import Files
import Foundation
import JSON
import TestSupport
import Testing

/// A Socket.IO client of another maker: one of the programs of Tests/Peers, spoken to as their README says.
actor PeerClient {
    enum Maker: Sendable {
        case python
        case node
        case chromium
    }

    struct NeverCame: Error, CustomStringConvertible {
        let wanted: String
        let instead: [String]
        let complaints: String

        var description: String { "\(wanted) never came, but \(instead). \(complaints)" }
    }

    /// How long anything may take that is to happen.
    static let patience = Duration.seconds(20)

    /// Reading from a program blocks.
    private let executor = BlockingExecutor(label: "peer")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let process: ChildProcess
    /// Chromium's profile, which is gone when the program is killed as well.
    private let folder: TemporaryFolder
    private var unread: [UInt8] = []
    /// What was reported and not asked for yet.
    private var events: [JSONObject] = []

    /// True when Node has the WebSocket that the JavaScript client wants.
    static func nodeHasWebSocket() async throws -> Bool {
        let probe = "process.exit(typeof WebSocket === 'undefined' ? 1 : 0)"
        return try await run("node", "--experimental-websocket", "-e", probe).status == 0
    }

    /// - Parameter roots: a PEM file with what the client shall trust beside, or instead of, what it does otherwise.
    static func start(_ maker: Maker, trusting roots: String? = nil) async throws -> PeerClient {
        let python = try await Peers.python()
        let library = Peers.folder + "/socket.io.min.js"
        let command =
            switch maker {
            case .python: [python, Peers.programs + "/python_client.py"]
            case .node: ["node", "--experimental-websocket", Peers.programs + "/node_client.js", library]
            case .chromium: ["node", Peers.programs + "/browser_client.js", library]
            }
        let client = try PeerClient(command, trusting: roots)
        _ = try await client.event("ready", within: .seconds(60))
        return client
    }

    private init(_ command: [String], trusting roots: String?) throws {
        folder = try TemporaryFolder()
        var environment = ["TMPDIR": folder.path, "HOME": folder.path]
        for name in ["REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            environment[name] = roots
        }
        process = try ChildProcess(command, environment: environment, hasInput: true)
    }

    /// Ends the program in good order.
    func end() async {
        process.closeInput()
        _ = await process.end()
    }

    // MARK: What it shall do

    /// - Parameter options: members of the command beside the URL, as README.md has them.
    func connect(_ url: String, _ transports: [String], _ options: [(JSONString, JSONValue)] = []) throws {
        events = []
        try tell(
            "connect",
            [("url", .string(url)), ("transports", .array(transports.map { .string($0) }))] + options)
    }

    /// Connects, and upgrades if that is what the transports lead to.
    func join(
        _ url: String, _ transports: [String], token: String, _ options: [(JSONString, JSONValue)] = []
    ) throws {
        try connect(url, transports, [("token", .string(token))] + options)
        _ = try event("connect")
        if transports.count > 1 { _ = try event("upgrade") }
    }

    func emit(_ name: String, _ payload: JSONValue?) throws {
        try tell("emit", [("event", .string(name))] + (payload.map { [(JSONString("data"), $0)] } ?? []))
    }

    /// Leaves the server, or vanishes.
    func leave(politely: Bool = true) throws {
        try tell(politely ? "disconnect" : "drop", [])
        _ = try event("disconnect")
    }

    private func tell(_ what: String, _ others: [(JSONString, JSONValue)]) throws {
        let command = JSONValue.object(JSONObject([("do", .string(what))] + others))
        guard process.write(JSONWriter.bytes(of: command, .compact) + [UInt8(ascii: "\n")]) else {
            throw NeverCame(wanted: "the end of a \(what)", instead: [], complaints: "The program has ended.")
        }
    }

    // MARK: What it says

    /// The payload of the next event of that name that the server sent, whatever else came before.
    func message(_ name: String) throws -> JSONValue {
        let event = try event("message") { $0["name"]?.text == name }
        return event["args"]?.array?.first ?? .null
    }

    /// Names of the events from the server that nobody asked for.
    var unexpected: [String] { events.compactMap { $0["event"]?.text == "message" ? $0["name"]?.text : nil } }

    /// Takes the next report of that kind, whatever else came before.
    func event(
        _ kind: String, within limit: Duration = patience, _ isWanted: (JSONObject) -> Bool = { _ in true }
    ) throws -> JSONObject {
        let end = ContinuousClock.now + limit
        while true {
            if let index = events.firstIndex(where: { $0["event"]?.text == kind && isWanted($0) }) {
                return events.remove(at: index)
            }
            guard let line = nextLine(until: end) else {
                let reports = events.map {
                    String(decoding: JSONWriter.bytes(of: .object($0), .compact), as: UTF8.self)
                }
                throw NeverCame(wanted: kind, instead: reports, complaints: complaints())
            }
            if let report = try JSONReader.value(of: line).object { events.append(report) }
        }
    }

    private func nextLine(until end: ContinuousClock.Instant) -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            if let mark = unread.firstIndex(of: UInt8(ascii: "\n")) {
                defer { unread.removeSubrange(...mark) }
                return Array(unread[..<mark])
            }
            guard isReadable(process.output, until: end) else { return nil }
            let count = read(process.output, &chunk, chunk.count)
            guard count > 0 else { return nil }
            unread += chunk[..<count]
        }
    }

    /// What the program has written to standard error.
    private func complaints() -> String {
        var chunk = [UInt8](repeating: 0, count: 4096)
        guard isReadable(process.errors, until: .now) else { return "" }
        let count = read(process.errors, &chunk, chunk.count)
        return String(decoding: chunk[..<max(0, count)], as: UTF8.self)
    }
}
