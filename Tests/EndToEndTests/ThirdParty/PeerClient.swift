import JSON
import TestSupport

/// Socket.IO clients of other makers.
enum PeerClient {
    enum Maker: Sendable {
        case python
        case node
        case chromium
    }

    /// True when Node has the WebSocket that the JavaScript client wants.
    static func nodeHasWebSocket() async throws -> Bool {
        let probe = "process.exit(typeof WebSocket === 'undefined' ? 1 : 0)"
        return try await run("node", "--experimental-websocket", "-e", probe).status == 0
    }

    /// - Parameter roots: a PEM file with what the client shall trust beside, or instead of, what it does otherwise.
    static func start(_ maker: Maker, trusting roots: String? = nil) async throws -> PeerProgram {
        let python = try await Peers.python()
        let library = Peers.folder + "/socket.io.min.js"
        let command =
            switch maker {
            case .python: [python, Peers.programs + "/python_client.py"]
            case .node: ["node", "--experimental-websocket", Peers.programs + "/node_client.js", library]
            case .chromium: ["node", Peers.programs + "/browser_client.js", library]
            }
        return try await PeerProgram(command, trusting: roots)
    }
}

extension PeerProgram {
    // MARK: What it shall do

    /// - Parameter options: members of the command beside the URL, as README.md has them.
    func connect(_ url: String, _ transports: [String], _ options: [(JSONString, JSONValue)] = []) throws {
        forgetUnheard()
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

    // MARK: What it says

    /// The payload of the next event of that name that the server sent, whatever else came before.
    func message(_ name: String) throws -> JSONValue {
        let event = try event("message") { $0["name"]?.text == name }
        return event["args"]?.array?.first ?? .null
    }

    /// Names of the events from the server that nobody asked for.
    var unexpected: [String] { unheard.compactMap { $0["event"]?.text == "message" ? $0["name"]?.text : nil } }
}
