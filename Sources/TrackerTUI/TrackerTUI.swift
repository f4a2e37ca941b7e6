import ArgumentParser
import Dispatch
import Settings

/// Flags, then the program: 0 for a clean end, 1 for a refusal, 2 for a bad flag or setting.
struct TrackerTUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TrackerTUI", abstract: "Tracks working hours and shows what it does.",
        // The flags of a default subcommand are listed with it only.
        discussion: """
            Without a subcommand it runs on a screen. Flags of that run:

              --backend-url <url>  address of the server; else BACKEND_URL
              --email <email>      the account to log in with; else TRACKER_EMAIL
              --headless           no screen: one line an event on standard output
              --password-stdin     read the password from standard input; needs --headless

            `TrackerTUI run --help` lists them all.
            """,
        subcommands: [RunCommand.self, CaptureCommand.self, DoctorCommand.self], defaultSubcommand: RunCommand.self)
}

/// A capture goes first, on the main thread: to start Swift's concurrency would cost more than a small one.
@main
enum EntryPoint {
    static func main() {
        CaptureJob(commandLine: CommandLine.arguments)?.runProgram()
        Task { await TrackerTUI.runProgram(usageErrors: .onOneLine) }
        dispatchMain()
    }
}
