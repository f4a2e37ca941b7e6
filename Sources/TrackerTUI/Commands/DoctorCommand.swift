import ArgumentParser
import AsyncHTTPClient
import Files
import FoundationEssentials
import Glibc
import Settings
import Synchronization

/// Says what works here and what does not: exit 0 when everything does, else 1.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what works here and what does not.")

    @Option(help: "Address of the server; else BACKEND_URL.")
    var backendURL: String?

    func run() async throws {
        var flags: [String: String] = [:]
        flags["BACKEND_URL"] = backendURL
        let configuration = try ClientConfiguration.ofProcess(flags: flags)
        let environment = ProcessInfo.processInfo.environment
        let heard = HeardClock()
        let client = TrackerClient(
            server: configuration.backend, http: TrackerClient.makeHTTPClient(), heard: { heard.keep($0) })
        let doctor = Doctor(
            display: environment["DISPLAY"], isWayland: DisplayKind.isWayland { environment[$0] },
            terminalType: environment["TERM"],
            stateDirectory: configuration.stateDirectory,
            checkServer: { [await Self.check(client)] + heard.check })
        let checks = await doctor.checks()
        try await client.http.shutdown()
        let report = checks.map { $0.line + "\n" }.joined()
        try OpenFile.write([UInt8](report.utf8).span, to: STDOUT_FILENO, named: "standard output")
        if !checks.allSatisfy(\.isOK) { throw ExitCode(1) }
    }

    private static func check(_ client: TrackerClient) async -> DoctorCheck {
        do throws(TrackerAPIError) {
            try await client.checkHealth()
            return .ok("server", client.server.text)
        } catch {
            return .missing("server", error.message, cost: "Nobody can log in; captures wait on this computer.")
        }
    }
}

/// What the server's answer has said of its clock.
private final class HeardClock: Sendable {
    private let sample = Mutex(ServerClock.Sample?.none)

    func keep(_ sample: ServerClock.Sample) { self.sample.withLock { $0 = sample } }

    /// None where the server was not heard.
    var check: [DoctorCheck] { sample.withLock { $0 }.map { [DoctorCheck.clock($0)] } ?? [] }
}
