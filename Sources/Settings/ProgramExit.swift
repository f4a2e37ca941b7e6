public import ArgumentParser
import Glibc

/// An error that ends a program with a code of its own; every other error ends it with 1.
public protocol ExitCoded: Error, CustomStringConvertible {
    var exitCode: Int32 { get }
}

/// Ends the program with one line on standard error.
public struct ProgramExit: ExitCoded {
    public let exitCode: Int32
    public let description: String

    public init(_ exitCode: Int32, _ description: String) {
        self.exitCode = exitCode
        self.description = description
    }
}

extension SettingError: ExitCoded {
    public var exitCode: Int32 { 2 }
}

/// What is said of a command line that cannot be understood.
public enum UsageErrors: Sendable {
    case withUsage
    /// For programs that scripts start.
    case onOneLine
}

extension AsyncParsableCommand {
    /// Parses the command line and runs what it says. The exit codes of both programs: 0 for a clean end, 1 for a
    /// failure, 2 for bad usage or a bad value, where the library alone would end with 64 (sysexits.h).
    ///
    /// - Parameter arguments: without the program's name; nil for the process's own.
    public static func runProgram(
        _ arguments: [String]? = nil, usageErrors: UsageErrors = .withUsage
    ) async -> Never {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            Glibc.exit(0)
        } catch let code as ExitCode {
            Glibc.exit(code.rawValue)
        } catch {
            let code = exitCode(for: error)
            if code.isSuccess {
                print(fullMessage(for: error))
                Glibc.exit(0)
            }
            let isUsage = code == .validationFailure
            let text =
                switch usageErrors {
                case .withUsage where isUsage: fullMessage(for: error)
                case .onOneLine where isUsage:
                    "\(_commandName): \(message(for: error).split(whereSeparator: \.isNewline).joined(separator: " "))"
                default: "\(_commandName): \("\(error)".replacing("\n", with: "\\n"))"
                }
            let line = text.withoutControls + "\n"
            write(STDERR_FILENO, line, line.utf8.count)
            Glibc.exit(isUsage ? 2 : (error as? any ExitCoded)?.exitCode ?? 1)
        }
    }
}

extension String {
    /// What stands in arguments and settings may have been written by others; on a terminal it must do no more than be seen.
    /// Line breaks are left, for usage has several lines.
    fileprivate var withoutControls: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.properties.generalCategory {
            case .control where scalar != "\n", .format, .lineSeparator, .paragraphSeparator:
                text += "\\u{\(String(scalar.value, radix: 16))}"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
