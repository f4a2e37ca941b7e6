import Settings

/// Why there is no screen to draw on.
enum TerminalError: ExitCoded, Equatable {
    case noTerminal
    case unknownTerminal(String)

    var exitCode: Int32 { 2 }

    var description: String {
        switch self {
        case .noTerminal:
            "Standard input and output are not a terminal: start TrackerTUI in one, or use --headless."
        case .unknownTerminal(let name):
            "The terminal type \"\(name)\" (TERM) is not known here or cannot show a screen: set TERM to another, or use --headless."
        }
    }
}
