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

    private let process: Mutex<Process>
    private let output = Mutex(Data())
    private let errors = Mutex(Data())
    private let readers = DispatchGroup()
    private let ports = AsyncStream.makeStream(of: Int.self)

    /// Starts it with exactly these variables, in a folder without `.env`.
    init(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.server)
        process.arguments = arguments
        process.environment = environment
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
        process.standardInput = inputPipe
        process.standardOutput = outputPipe
        process.standardError = errorPipe
        self.process = Mutex(process)
        try process.run()
        inputPipe.fileHandleForWriting.write(Data(input.utf8))
        try inputPipe.fileHandleForWriting.close()
        collect(outputPipe) { data in
            let text = self.output.withLock { output in
                output += data
                return String(decoding: output, as: UTF8.self)
            }
            let mark = "API listening on port "
            if let start = text.range(of: mark), let end = text[start.upperBound...].firstIndex(of: "\n") {
                self.ports.continuation.yield(Int(text[start.upperBound..<end]) ?? 0)
            }
        }
        collect(errorPipe) { data in self.errors.withLock { $0 += data } }
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], input: String = "", folder: String
    ) async throws -> Result {
        try await ServerProcess(arguments, environment: environment, input: input, folder: folder).result()
    }

    private func collect(_ pipe: Pipe, into store: @escaping @Sendable (Data) -> Void) {
        readers.enter()
        let thread = Thread { [readers, ports] in
            while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty { store(data) }
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
        let code = process.withLock { process in
            process.waitUntilExit()
            return process.terminationStatus
        }
        return Result(
            code: code, output: output.withLock { String(decoding: $0, as: UTF8.self) },
            errors: errors.withLock { String(decoding: $0, as: UTF8.self) })
    }

    func signal(_ signal: Int32) {
        process.withLock { _ = kill($0.processIdentifier, signal) }
    }

    var identifier: Int32 { process.withLock { $0.processIdentifier } }

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
