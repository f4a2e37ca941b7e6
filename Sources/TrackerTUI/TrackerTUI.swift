import ArgumentParser
import Foundation
import Settings

/// Flags, then the program: 0 for a clean end, 1 for a refusal, 2 for a bad flag or setting.
@main
struct TrackerTUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "TrackerTUI", abstract: "Tracks working hours and shows what it does.",
        subcommands: [RunCommand.self, CaptureCommand.self, DoctorCommand.self], defaultSubcommand: RunCommand.self)

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as SettingError {
            leave(2, error.description)
        } catch let error as TerminalError {
            leave(2, error.description)
        } catch let error as StartError {
            leave(1, error.description)
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            guard code != .success else {
                print(text)
                leave(0, "")
            }
            leave(code == .validationFailure ? 2 : code.rawValue, text)
        }
    }

    private static func leave(_ code: Int32, _ text: String) -> Never {
        if !text.isEmpty { FileHandle.standardError.write(Data((text + "\n").utf8)) }
        Foundation.exit(code)
    }
}
