import ArgumentParser
import Foundation

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
        subcommands: [ServeCommand.self, AddAdminCommand.self, VerifyCommand.self],
        defaultSubcommand: ServeCommand.self)

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // The library would end with sysexits' 64; this program's code for bad usage is 2.
            guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
            FileHandle.standardError.write(Data("\(fullMessage(for: error))\n".utf8))
            exit(withError: ExitCode(2))
        }
    }
}
