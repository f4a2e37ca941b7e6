public import Glibc

/// An X server without a screen (Xvfb), ended with the value.
public final class VirtualDisplay {
    public struct DidNotStart: Error {
        let complaint: String
    }

    public let number: Int
    private let process: ChildProcess
    private var isRunning = true

    public var processID: pid_t { process.id }

    /// As in DISPLAY.
    public var name: String { ":\(number)" }

    /// For a display that goes and returns: Xvfb chooses the lowest number that is free, which that of a display that is
    /// gone may be.
    public static var rareNumber: Int { .random(in: 1000..<5000) }

    /// - Parameters:
    ///   - number: nil for one that is free.
    ///   - arguments: after those for the screen.
    public static func start(
        width: Int = 320, height: Int = 200, depth: Int = 24, number: Int? = nil, arguments: [String] = []
    ) async throws -> VirtualDisplay {
        let process = try ChildProcess(
            ["Xvfb"] + (number.map { [":\($0)"] } ?? [])
                + ["-displayfd", "1", "-noreset", "-nolisten", "tcp", "-screen", "0", "\(width)x\(height)x\(depth)"]
                + arguments)
        // Xvfb writes its number as soon as it accepts connections.
        let answer = await bytes(from: process.output) { $0.last == UInt8(ascii: "\n") }
        guard let number = Int(String(decoding: answer.dropLast(), as: UTF8.self)) else {
            throw DidNotStart(complaint: String(decoding: await bytes(from: process.errors), as: UTF8.self))
        }
        return VirtualDisplay(number: number, process: process)
    }

    private init(number: Int, process: ChildProcess) {
        self.number = number
        self.process = process
    }

    /// Ends the server as a crash would, and returns when it is gone.
    public func crash() async {
        isRunning = false
        process.send(SIGKILL)
        _ = await process.end()
        removeTraces()
    }

    deinit {
        // The number may be another's by now.
        guard isRunning else { return }
        process.send(SIGKILL)
        removeTraces()
    }

    /// A killed server leaves its socket and its lock, which would keep the number from others.
    private func removeTraces() {
        unlink("/tmp/.X11-unix/X\(number)")
        unlink("/tmp/.X\(number)-lock")
    }
}
