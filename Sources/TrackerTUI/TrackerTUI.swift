import ArgumentParser
import Settings

/// Flags, then the program: 0 for a clean end, 1 for a refusal, 2 for a bad flag or setting.
@main
struct TrackerTUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TrackerTUI", abstract: "Tracks working hours and shows what it does.",
        subcommands: [RunCommand.self, CaptureCommand.self, DoctorCommand.self], defaultSubcommand: RunCommand.self)

    static func main() async {
        await runProgram()
    }
}
