import ArgumentParser
import Capture
import Dispatch
import Files
import Glibc
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
        version: "TrackerTUI \(ProgramVersion.text)",
        subcommands: [
            RunCommand.self, CaptureCommand.self, QueueCommand.self, LookedCommand.self, DoctorCommand.self,
        ],
        defaultSubcommand: RunCommand.self)
}

/// A capture goes first, on the main thread: to start Swift's concurrency would cost more than a small one.
@main
enum EntryPoint {
    static func main() {
        reserveStandardDescriptors()
        // Whoever reads what this program writes may go away: that shall be an error of the write, not the program's end.
        signal(SIGPIPE, SIG_IGN)
        let arguments = UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc))
            .map { $0.map { String(systemBytes: $0) } ?? "" }
        CaptureJob(commandLine: arguments)?.runProgram()
        CoreDumps.forbid()
        Task { await TrackerTUI.runProgram(Array(arguments.dropFirst()), usageErrors: .onOneLine) }
        dispatchMain()
    }

    /// Of the standard descriptors that are closed the first file or connection would get the number, and with it what is
    /// meant for people. Each gets what cannot be used either: reading and writing fail as before (EBADF).
    private static func reserveStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free is this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
