import ArgumentParser
import Files
import Settings

/// The backend: `serve` is what it does when nothing else is said.
@main
struct TrackerServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TrackerServer",
        abstract: "Keeps work hours and screenshots of a team.",
        discussion: """
            Settings come from flags, then the environment, then a .env file in the working directory; \
            .env.example lists them all.
            """,
        version: "TrackerServer \(ProgramVersion.text)",
        subcommands: [
            ServeCommand.self, AddAdminCommand.self, VerifyCommand.self, ReportCommand.self, EncryptCommand.self,
            DecryptCommand.self, RekeyCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)

    static func main() async {
        CoreDumps.forbid()
        await runProgram()
    }
}
