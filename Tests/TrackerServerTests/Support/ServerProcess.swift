import Foundation
import Synchronization
import TestSupport

/// The built server as a process of its own.
final class ServerProcess: Sendable {
    /// What a run left behind.
    struct Result: Sendable {
        let code: Int32
        let output: String
        let errors: String
    }

    private let process: ChildProcess
    private let output = Mutex<[UInt8]>([])
    private let errors = Mutex<[UInt8]>([])
    private let readers = DispatchGroup()
    private let ports = AsyncStream.makeStream(of: Int.self)

    /// Starts it with exactly these variables and PATH, in a folder without `.env`.
    init(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String
    ) throws {
        process = try ChildProcess(
            ["env", "-C", folder, Program.server] + arguments, environment: environment, hasInput: true)
        _ = process.write(Array(input.utf8))
        process.closeInput()
        collect(process.output) { bytes in
            let text = self.output.withLock { output in
                output += bytes
                return String(decoding: output, as: UTF8.self)
            }
            let mark = "API listening on port "
            if let start = text.range(of: mark), let end = text[start.upperBound...].firstIndex(of: "\n") {
                self.ports.continuation.yield(Int(text[start.upperBound..<end]) ?? 0)
            }
        }
        collect(process.errors) { bytes in self.errors.withLock { $0 += bytes } }
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String
    ) async throws -> Result {
        try await ServerProcess(arguments, environment: environment, input: input, folder: folder).result()
    }

    private func collect(_ descriptor: Int32, into store: @escaping @Sendable (ArraySlice<UInt8>) -> Void) {
        readers.enter()
        // The process closes the descriptor when it goes.
        let thread = Thread { [process, readers, ports] in
            var chunk = [UInt8](repeating: 0, count: 65536)
            while case let count = read(descriptor, &chunk, chunk.count), count > 0 { store(chunk[..<count]) }
            withExtendedLifetime(process) {}
            ports.continuation.finish()
            readers.leave()
        }
        thread.start()
    }

    /// Waits until it has ended.
    func result() async throws -> Result {
        await withCheckedContinuation { continuation in
            readers.notify(queue: .global()) { continuation.resume() }
        }
        return Result(
            code: await process.end(), output: output.withLock { String(decoding: $0, as: UTF8.self) },
            errors: errors.withLock { String(decoding: $0, as: UTF8.self) })
    }

    func signal(_ signal: Int32) { process.send(signal) }

    var identifier: Int32 { process.id }

    /// The port of a server that is asked to take a free one, once it listens.
    func port() async throws -> Int {
        for await port in ports.stream { return port }
        struct NotListening: Error { let errors: String }
        throw NotListening(errors: errors.withLock { String(decoding: $0, as: UTF8.self) })
    }
}

/// The server that a ``ServerProcess`` runs.
struct ProcessTarget: Target {
    let port: Int
}
