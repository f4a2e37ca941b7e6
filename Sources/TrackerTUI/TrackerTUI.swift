import ArgumentParser
import Foundation

@main
struct TrackerTUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(subcommands: [CaptureCommand.self, DoctorCommand.self])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            let code = exitCode(for: error)
            guard code != .success else { return print(fullMessage(for: error)) }
            let text = fullMessage(for: error)
            if !text.isEmpty { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
            Foundation.exit(code == .validationFailure ? 2 : code.rawValue)
        }
    }
}
