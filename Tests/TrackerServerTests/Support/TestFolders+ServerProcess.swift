import Foundation
import Testing

extension TestFolders {
    static func with(_ body: (TestFolders) async throws -> Void) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await body(folders)
    }

    /// Runs the program on these folders to its end.
    func run(
        _ arguments: [String], _ environment: [String: String] = [:], input: String = ""
    ) async throws -> ServerProcess.Result {
        try await ServerProcess.run(
            arguments + ["--data-dir", data, "--upload-dir", uploads], environment: environment, input: input,
            folder: root)
    }

    /// Runs `body` beside a server, which then is told to stop.
    func withServer(
        _ environment: [String: String] = [:], _ body: (ServerProcess, Int) async throws -> Void = { _, _ in }
    ) async throws -> ServerProcess.Result {
        let settings = ["PORT": "0", "DATA_DIR": data, "UPLOAD_DIR": uploads]
        let server = try ServerProcess([], environment: settings.merging(environment) { $1 }, folder: root)
        do {
            try await body(server, try await server.port())
        } catch {
            server.signal(SIGKILL)
            throw error
        }
        server.signal(SIGTERM)
        return try await server.result()
    }
}

extension ServerProcess.Result {
    /// Checks that it ended with that code and one line that has all these parts.
    func expectOneLine(_ code: Int32, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.code == code, "\(errors)", sourceLocation: sourceLocation)
        #expect(errors.filter { $0 == "\n" }.count == 1, "\(errors)", sourceLocation: sourceLocation)
        for part in parts {
            #expect(errors.contains(part), "\(errors)", sourceLocation: sourceLocation)
        }
        #expect(!output.contains("listening"), sourceLocation: sourceLocation)
    }
}
