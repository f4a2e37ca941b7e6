import ArgumentParser
import Files
import Glibc
import Settings

/// Tracks working hours, on a screen or without one.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Log in, and track working hours (the default).")

    @Option(help: "Address of the server; else BACKEND_URL.")
    var backendURL: String?

    @Option(help: "The account to log in with; else TRACKER_EMAIL.")
    var email: String?

    @Flag(help: "Read the password from standard input; needs --headless. Else TRACKER_PASSWORD.")
    var passwordStdin = false

    @Flag(help: "No screen: one line an event on standard output.")
    var headless = false

    @Flag(help: "Stop, log out and quit without asking; also with TRACKER_NO_CONFIRM=1.")
    var noConfirm = false

    @Option(help: "Certificates that the server's may be signed by, in PEM; else TRACKER_CA_FILE, else the system's.")
    var caFile: String?

    @Flag(help: "Send the password also to another machine unencrypted; also with TRACKER_INSECURE_HTTP=1.")
    var insecureHTTP = false

    @Flag(help: "No colours; also with NO_COLOR set.")
    var noColor = false

    @Flag(help: "No characters outside ASCII.")
    var ascii = false

    func validate() throws {
        if passwordStdin, !headless { throw ValidationError("--password-stdin needs --headless.") }
    }

    func run() async throws {
        let configuration = try ClientConfiguration.ofProcess(flags: flags)
        if headless, let origin = configuration.backendOrigin {
            let line = "TrackerTUI: The server is \(configuration.backend.text), from \(origin).\n"
            write(STDERR_FILENO, line, line.utf8.count)
        }
        let client = Client(configuration: configuration, isASCII: ascii)
        let code =
            headless
            ? try await client.runHeadless(password: try await password(configuration)) : try await client.runOnScreen()
        throw ExitCode(code)
    }

    /// By variable name, as settings want them.
    private var flags: [String: String] {
        var flags: [String: String] = [:]
        flags["BACKEND_URL"] = backendURL
        flags["TRACKER_EMAIL"] = email
        if noConfirm { flags["TRACKER_NO_CONFIRM"] = "1" }
        flags["TRACKER_CA_FILE"] = caFile
        if insecureHTTP { flags["TRACKER_INSECURE_HTTP"] = "1" }
        if noColor { flags["NO_COLOR"] = "1" }
        return flags
    }

    private func password(_ configuration: ClientConfiguration) async throws -> String {
        guard configuration.email != nil else {
            throw SettingError(name: "TRACKER_EMAIL", value: nil, allowed: "set, or --email given, for --headless")
        }
        guard let password = passwordStdin ? await StandardInput.firstLine() : configuration.password, !password.isEmpty
        else {
            throw SettingError(
                name: "TRACKER_PASSWORD", value: nil, allowed: "set, or given with --password-stdin, for --headless")
        }
        return password
    }
}

/// What is piped into the program.
private enum StandardInput {
    /// Reads on a thread that may wait. Nil at the end of the input.
    static func firstLine() async -> String? {
        await BlockingExecutor(label: "StandardInput").run { InputLine.first() }
    }
}
