import Glibc

/// A Wayland compositor without a screen (weston) with the X server that belongs to it (Xwayland).
public final class WaylandSession {
    public struct DidNotStart: Error {
        let complaint: String
    }

    /// As in DISPLAY and WAYLAND_DISPLAY.
    public let variables: [String: String]
    private let process: ChildProcess
    private let folder: TemporaryFolder

    public static func start() async throws -> WaylandSession {
        let folder = try TemporaryFolder()
        // Nobody else may look into it.
        chmod(folder.path, 0o700)
        let process = try ChildProcess(
            [
                "weston", "--backend=headless-backend.so", "--xwayland", "--socket=session", "--width=320",
                "--height=200",
            ],
            environment: ["XDG_RUNTIME_DIR": folder.path])
        let log = await bytes(from: process.errors) { number(in: $0) != nil }
        guard let number = number(in: log) else {
            throw DidNotStart(complaint: String(decoding: log, as: UTF8.self))
        }
        let variables = ["DISPLAY": ":\(number)", "WAYLAND_DISPLAY": folder.path + "/session"]
        return WaylandSession(process: process, folder: folder, variables: variables)
    }

    /// Of the X server, once it accepts connections.
    private static func number(in log: [UInt8]) -> Int? {
        String(decoding: log, as: UTF8.self).firstMatch(of: /listening on display :(\d+)\n/).flatMap { Int($0.1) }
    }

    private init(process: ChildProcess, folder: TemporaryFolder, variables: [String: String]) {
        (self.process, self.folder, self.variables) = (process, folder, variables)
    }

    /// Returns when both servers are gone, with their sockets and locks.
    public func end() async {
        process.send(SIGTERM)
        _ = await process.end()
    }
}
