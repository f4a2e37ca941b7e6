import Dispatch
import Glibc
import Synchronization

/// A program on a terminal of its own that shows nothing: bytes go in as from a keyboard, and what it writes is read at once.
public final class PseudoTerminal: Sendable {
    public struct DidNotStart: Error {
        let code: Int32
    }

    public let process: ChildProcess
    private let keyboard: Int32
    /// The program's side, held open so that its modes can be read when the program has gone.
    private let line: Int32
    private let written = Written()

    private final class Written: Sendable {
        struct Bytes {
            var all: [UInt8] = []
            var forgotten = 0
        }

        let bytes = Mutex(Bytes())
    }

    /// - Parameter environment: all that the program gets besides PATH.
    public init(
        _ arguments: [String], environment: [String: String], width: UInt16 = 80, height: UInt16 = 24
    ) throws {
        // As posix_openpt(3), unlockpt(3) and ptsname(3) do it, which Swift does not import (ioctl_tty(2)).
        keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (lock, number): (Int32, UInt32) = (0, 0)
        guard keyboard >= 0, ioctl(keyboard, 0x4004_5431, &lock) == 0, ioctl(keyboard, 0x8004_5430, &number) == 0 else {
            throw DidNotStart(code: errno)
        }
        let name = "/dev/pts/\(number)"
        line = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)
        var size = winsize(ws_row: height, ws_col: width, ws_xpixel: 0, ws_ypixel: 0)
        guard line >= 0, ioctl(line, UInt(TIOCSWINSZ), &size) == 0 else { throw DidNotStart(code: errno) }
        process = try ChildProcess(
            ["sh", "-c", #"exec setsid --ctty "$@" <"$0" >"$0" 2>"$0""#, name] + arguments,
            environment: environment)
        DispatchQueue(label: "PseudoTerminal").async { [keyboard, written] in
            var chunk = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = read(keyboard, &chunk, chunk.count)
                guard count > 0 else { break }
                written.bytes.withLock { $0.all += chunk[..<count] }
            }
            // Nobody is left on the other side.
            close(keyboard)
        }
    }

    /// Blocks while the program does not read.
    public func press(_ bytes: some Sequence<UInt8>) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    public func press(_ text: String) { press(text.utf8) }

    /// All that the program has written since it was last forgotten.
    public var output: String {
        written.bytes.withLock { String(decoding: $0.all[$0.forgotten...], as: UTF8.self) }
    }

    public func forgetOutput() { written.bytes.withLock { $0.forgotten = $0.all.count } }

    /// What all that it has ever written leaves switched on in the terminal.
    public var switchedOn: Set<String> { TerminalSwitches.left(on: written.bytes.withLock { $0.all }) }

    /// How many bytes it has not read yet.
    public var unread: Int {
        var count: Int32 = 0
        return ioctl(line, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }

    /// All that the system keeps of the terminal: input, output, control and local modes, the line discipline, the control
    /// characters and the speeds (termios(3)).
    public var modes: [UInt32] {
        var modes = termios()
        tcgetattr(line, &modes)
        return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag, UInt32(modes.c_line)]
            + withUnsafeBytes(of: modes.c_cc) { $0.map { UInt32($0) } } + [modes.c_ispeed, modes.c_ospeed]
    }

    public struct NeverCame: Error, CustomStringConvertible {
        let wanted: String
        let output: String

        public var description: String { "\(wanted) never came; the end of the output: \(output.debugDescription)" }
    }

    /// Looks until it is so.
    public func wait(for wanted: String, seconds: Int = 60, _ condition: (PseudoTerminal) throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !condition(self) {
            guard ContinuousClock.now < deadline else {
                throw NeverCame(wanted: wanted, output: String(output.suffix(2000)))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Looks until the program has written this.
    public func wait(for text: String) async throws {
        try await wait(for: "“\(text)”") { $0.output.contains(text) }
    }

    deinit { close(line) }
}
