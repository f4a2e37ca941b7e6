import Foundation
import JSON
import TestSupport
import Testing

/// A python-socketio server on a port of its own.
struct PeerServer: Sendable {
    let port: Int
    private let process: ChildProcess

    /// - Parameter options: as Tests/Peers/server.py has them.
    static func start(port: Int = 0, _ options: String...) async throws -> PeerServer {
        let script = Peers.programs + "/server.py"
        let process = try ChildProcess(
            [try await Peers.python(), script, "--port", "\(port)", "--until-killed"] + options)
        let line = await bytes(from: process.output) { $0.last == UInt8(ascii: "\n") }
        let errors = line.isEmpty ? String(decoding: await bytes(from: process.errors), as: UTF8.self) : ""
        let fields = try JSONFields(try JSONReader.value(of: try #require(line.isEmpty ? nil : line, "\(errors)")))
        return PeerServer(port: try fields.integer("port"), process: process)
    }

    func kill() async {
        process.send(SIGKILL)
        _ = await process.end()
    }
}
