import ArgumentParser
import AsyncHTTPClient
import Capture
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

    @Option(help: "Certificates that the server's may be signed by, in PEM; else TRACKER_CA_FILE, else the system's.")
    var caFile: String?

    @Flag(help: "Take a password that would go out unencrypted for allowed; also with TRACKER_INSECURE_HTTP=1.")
    var insecureHTTP = false

    func run() async throws {
        var flags: [String: String] = [:]
        flags["BACKEND_URL"] = backendURL
        flags["TRACKER_CA_FILE"] = caFile
        if insecureHTTP { flags["TRACKER_INSECURE_HTTP"] = "1" }
        let configuration = try ClientConfiguration.ofProcess(flags: flags)
        let environment = ProcessInfo.processInfo.environment
        let heard = HeardClock()
        let clients = HTTPClients(configuration.access)
        let client = clients.client(for: configuration.backend, heard: { heard.keep($0) })
        let doctor = Doctor(
            display: environment["DISPLAY"], isWayland: DisplayKind.isWayland { environment[$0] },
            terminalType: environment["TERM"],
            stateDirectory: configuration.stateDirectory,
            checkServer: { await Self.check(client, configuration) + heard.check })
        var checks = await doctor.checks()
        if let proxy = Self.proxyCheck(client) { checks.append(proxy) }
        try await clients.shutdown()
        let report = checks.map { $0.line + "\n" }.joined()
        try OpenFile.write([UInt8](report.utf8).span, to: STDOUT_FILENO, named: "standard output")
        if !checks.allSatisfy(\.isOK) { throw ExitCode(1) }
    }

    private static func check(_ client: TrackerClient, _ configuration: ClientConfiguration) async -> [DoctorCheck] {
        do throws(FileError) {
            let login = try await ClientState(directory: configuration.stateDirectory).login()
            // Without an interval nothing begins.
            let canWork = login.map { configuration.means($0.account) && $0.interval != nil } ?? false
            return [await check(client, canWork: canWork)]
        } catch {
            let login = DoctorCheck.missing("login", error.description, cost: "The client does not start.")
            return [login, await check(client, canWork: false)]
        }
    }

    /// - Parameter canWork: who is signed in here can begin without the server.
    private static func check(_ client: TrackerClient, canWork: Bool) async -> DoctorCheck {
        do throws(TrackerAPIError) {
            try await client.checkHealth()
            if let refusal = client.access.refusal(ofPasswordTo: client.server) { throw .notSent(refusal) }
            let isPrivate = client.access.proxies.isPrivate(client.server)
            return .ok("server", client.server.text + (isPrivate ? "" : ", not encrypted"))
        } catch {
            let cost =
                canWork
                ? "Who is signed in here can work; hours and captures wait on this computer."
                : "Nobody can log in; captures wait on this computer."
            return .missing("server", error.message, cost: cost)
        }
    }

    /// Nil where there is none before this server.
    private static func proxyCheck(_ client: TrackerClient) -> DoctorCheck? {
        do throws(SettingError) {
            return try client.access.proxies.proxy(for: client.server).map {
                .ok("proxy", "\($0.text), for requests and the live connection")
            }
        } catch {
            return .missing("proxy", error.description, cost: "The server is not asked.")
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
