import Glibc

/// The programs as they were built beside the tests, and where their sources lie.
public enum Program {
    public static let client = buildFolder + "/TrackerTUI"
    public static let server = buildFolder + "/TrackerServer"
    public static let echo = buildFolder + "/SocketIOEcho"

    /// The folder of Package.swift.
    public static let repository = path(of: #filePath, droppingLast: 3)

    /// Whether there is a command of that name.
    public static func isInstalled(_ command: String) async throws -> Bool {
        try await run("sh", "-c", "command -v \(command)").status == 0
    }

    private static let buildFolder: String = {
        guard let tests = realpath("/proc/self/exe", nil) else { return "." }
        defer { free(tests) }
        return path(of: String(cString: tests), droppingLast: 1)
    }()

    private static func path(of file: String, droppingLast count: Int) -> String {
        file.split(separator: "/").dropLast(count).reduce("") { "\($0)/\($1)" }
    }
}
