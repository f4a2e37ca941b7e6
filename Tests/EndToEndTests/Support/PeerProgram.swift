import Files
import Foundation
import JSON
import TestSupport
import Testing

/// One of the programs of Tests/Peers, spoken to in lines of JSON as their README says.
actor PeerProgram {
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

    /// Starts it, and waits until it is ready.
    /// - Parameter roots: a PEM file with what the program shall trust beside, or instead of, what it does otherwise.
    init(_ command: [String], trusting roots: String? = nil) async throws {
        folder = try TemporaryFolder()
        var environment = ["TMPDIR": folder.path, "HOME": folder.path]
        for name in ["REQUESTS_CA_BUNDLE", "WEBSOCKET_CLIENT_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
            environment[name] = roots
        }
        process = try ChildProcess(command, environment: environment, hasInput: true)
        _ = try event("ready", within: .seconds(60))
    }

    /// Ends the program in good order.
    func end() async {
        process.closeInput()
        _ = await process.end()
    }

    /// - Parameter others: the command's members beside its name.
    func tell(_ what: String, _ others: [(JSONString, JSONValue)]) throws {
        let command = JSONValue.object(JSONObject([("do", .string(what))] + others))
        guard process.write(JSONWriter.bytes(of: command, .compact) + [UInt8(ascii: "\n")]) else {
            throw NeverCame(wanted: "the end of a \(what)", instead: [], complaints: "The program has ended.")
        }
    }

    /// Whatever was reported and not asked for.
    var unheard: [JSONObject] { events }

    func forgetUnheard() { events = [] }

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
