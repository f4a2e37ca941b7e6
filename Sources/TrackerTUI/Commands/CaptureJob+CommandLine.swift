import Capture
import Glibc

extension CaptureJob {
    /// Reads the command lines that scripts use most, since the general parser alone takes longer than a small capture.
    /// ``CaptureCommand`` has the last word on everything that is not understood here.
    ///
    /// - Parameter arguments: with the program's name.
    /// - Returns: nil for another subcommand, a request for help and everything that may be a mistake.
    init?(commandLine arguments: [String]) {
        guard arguments.count > 2, arguments[1] == "capture" else { return nil }
        var (file, part): (String?, CaptureRequest.Part?)
        var (scale, delay): (PictureScale?, Duration?)
        var showsPointer = false
        var rest = arguments.dropFirst(2)
        // Not as a character: one that begins with it may have more.
        let dash = UInt8(ascii: "-")
        func value<Value>(_ parse: (String) -> Value?) -> Value? {
            guard let text = rest.popFirst(), text.utf8.first != dash else { return nil }
            return parse(text)
        }
        while let argument = rest.popFirst() {
            switch argument {
            case "--region" where part == nil:
                guard let area = value(ScreenArea.init(geometry:)) else { return nil }
                part = .area(area)
            case "--monitor" where part == nil:
                guard let name = value({ $0 }) else { return nil }
                part = .monitor(name)
            case "--cursor":
                showsPointer = true
            case "--delay" where delay == nil:
                guard let duration = value(Self.delay) else { return nil }
                delay = duration
            case "--scale" where scale == nil:
                guard let factor = value(PictureScale.init) else { return nil }
                scale = factor
            default:
                guard file == nil, !argument.isEmpty, argument == "-" || argument.utf8.first != dash else { return nil }
                file = argument
            }
        }
        guard let file else { return nil }
        self.init(
            destination: PictureDestination(argument: file),
            request: CaptureRequest(
                part: part ?? .everything, showsPointer: showsPointer, scale: scale ?? .whole),
            delay: delay ?? .zero)
    }

    /// - Parameter text: a number of seconds from 0 to 86400, fractions too; nil for everything else.
    static func delay(_ text: String) -> Duration? {
        guard let seconds = Double(text), 0...86_400 ~= seconds else { return nil }
        return .seconds(seconds)
    }

    /// Performs the job on the display that the environment names. Blocks.
    func perform() throws -> AnyObject {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return try perform(display: variable("DISPLAY"), isWayland: DisplayKind.isWayland(variable))
    }

    /// Performs the job and ends the process as the general way does: with 0, or with 1 and one line on standard error.
    /// To be called on the main thread before anything else has begun.
    func runProgram() -> Never {
        // Else Xlib asks for the keyboard's extension as well.
        setenv("XKB_DISABLE", "1", 1)
        do {
            let display = try perform()
            withExtendedLifetime(display) { _exit(0) }
        } catch {
            let line = "TrackerTUI: \("\(error)".onOneLine)\n"
            write(STDERR_FILENO, line, line.utf8.count)
            _exit(1)
        }
    }
}
