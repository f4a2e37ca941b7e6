import ArgumentParser
import FoundationEssentials

/// Says what works here and what does not: exit 0 when everything does, else 1.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Say what works here and what does not.")

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        let home = environment["HOME"] ?? "."
        let doctor = Doctor(
            display: environment["DISPLAY"], terminalType: environment["TERM"],
            stateDirectory: environment["TRACKER_STATE_DIR"] ?? "\(home)/.local/state/tracker-tui",
            checkServer: { .ok("server", "not asked") })
        let checks = await doctor.checks()
        for check in checks { print(check.line) }
        if !checks.allSatisfy(\.isOK) { throw ExitCode(1) }
    }
}
