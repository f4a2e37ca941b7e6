import Foundation
import TestSupport
import Testing

/// A program of Tests/Peers in Python, without anything installed, that prints its port first.
final class Script: Sendable {
    let port: Int
    private let process: ChildProcess

    static func start(_ name: String, _ arguments: String...) async throws -> Script {
        let process = try ChildProcess(["python3", Program.repository + "/Tests/Peers/\(name)"] + arguments)
        let line = await bytes(from: process.output) { $0.last == UInt8(ascii: "\n") }
        let errors = line.isEmpty ? String(decoding: await bytes(from: process.errors), as: UTF8.self) : ""
        let port = try #require(Int(String(decoding: line.dropLast(), as: UTF8.self)), "\(name): \(errors)")
        return Script(port, process)
    }

    private init(_ port: Int, _ process: ChildProcess) {
        self.port = port
        self.process = process
    }

    var isRunning: Bool { process.isRunning }

    /// Ends it.
    /// - Returns: the lines that it has printed besides its port.
    func stop() async -> [String] {
        process.send(SIGKILL)
        let lines = String(decoding: await bytes(from: process.output), as: UTF8.self)
        _ = await process.end()
        return lines.split(separator: "\n").map(String.init)
    }
}
