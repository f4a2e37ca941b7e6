import Files
import FoundationEssentials
import Glibc
import Settings

extension ClientConfiguration {
    /// The settings that may stand in files; there others' lines may stand as well.
    static let names: Set<String> = [
        "BACKEND_URL", "TRACKER_EMAIL", "TRACKER_PASSWORD", "SCREENSHOT_INTERVAL_SECONDS",
        "LIVE_VIEW_INTERVAL_SECONDS", "HEARTBEAT_INTERVAL_SECONDS", "IDLE_THRESHOLD_SECONDS", "TRACKER_STATE_DIR",
        "TRACKER_NO_CONFIRM", "ESCDELAY", "NO_COLOR", "TRACKER_CA_FILE",
        "TRACKER_INSECURE_HTTP",
    ]

    /// From flags, then the environment, then the client's own file, then `.env` in the working directory. Says on standard
    /// error which file it passes over, and why. Blocks.
    static func ofProcess(flags: [String: String]) throws(SettingError) -> ClientConfiguration {
        var environment: [String: String] = [:]
        for name in ProcessInfo.processInfo.environment.keys {
            environment[name] = getenv(name).map { String(systemBytes: $0) }
        }
        var files: [Settings.File] = []
        var passedOver: [String] = []
        for path in [ownFile(environment), dotEnv()].compactMap(\.self) {
            switch OwnFile.read(path, limit: Settings.dotEnvLimit) {
            case .missing: break
            case .text(let text): files.append(Settings.File(path: path.printable, text: text))
            case .passedOver(let reason): passedOver.append("\(path.printable) is not read: \(reason.printable).")
            }
        }
        for sentence in passedOver {
            let line = "TrackerTUI: \(sentence)\n"
            write(STDERR_FILENO, line, line.utf8.count)
        }
        var configuration = try ClientConfiguration(
            try Settings(flags: flags, environment: environment, files: files, names: names),
            proxies: ProxyRules(environment: environment))
        configuration.passedOver = passedOver
        return configuration
    }

    /// As the XDG Base Directory Specification says where it belongs; relative paths are to be ignored.
    static func ownFile(_ environment: [String: String]) -> String? {
        if let folder = environment["XDG_CONFIG_HOME"], folder.utf8.first == UInt8(ascii: "/") {
            return "\(folder)/tracker-tui/env"
        }
        return environment["HOME"].flatMap { $0.isEmpty ? nil : "\($0)/.config/tracker-tui/env" }
    }

    /// By its whole path, for people to know which; nil in a folder that is gone.
    private static func dotEnv() -> String? {
        do throws(FileError) {
            let folder = try Folder.resolve(".")
            return folder == "/" ? "/.env" : "\(folder)/.env"
        } catch {
            return nil
        }
    }
}
