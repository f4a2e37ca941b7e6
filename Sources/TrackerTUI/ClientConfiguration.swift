import Settings
import Shared

/// Every setting of the client: its variable, its default, its check.
struct ClientConfiguration: Sendable, Hashable {
    /// BACKEND_URL
    var backend: BackendURL
    /// The file that it comes from, if it does: whoever types a password is told.
    var backendOrigin: String?
    /// It was given, and is not the default.
    var isBackendGiven: Bool
    /// TRACKER_EMAIL
    var email: String?
    /// TRACKER_PASSWORD; never shown.
    var password: String?
    /// SCREENSHOT_INTERVAL_SECONDS: shown, and used when an interval is assigned without a value.
    var screenshotInterval: Int
    /// LIVE_VIEW_INTERVAL_SECONDS: between two frames while somebody watches.
    var liveViewInterval: Int
    /// HEARTBEAT_INTERVAL_SECONDS
    var heartbeatInterval: Int
    /// IDLE_THRESHOLD_SECONDS
    var idleThreshold: Int
    /// TRACKER_STATE_DIR: the offline queue and the log.
    var stateDirectory: String
    /// NO_COLOR
    var usesColor: Bool
    /// TRACKER_NO_CONFIRM turns it off: whoever ends tracking by a key is asked once.
    var asksBeforeStopping: Bool
    /// ESCDELAY, in milliseconds: how long Esc alone may be the beginning of another key.
    var escapeDelay: Int
    /// TRACKER_CA_FILE, TRACKER_INSECURE_HTTP and the variables of proxies.
    var access: ServerAccess
    /// Files that were not read, and why: sentences.
    var passedOver: [String] = []

    private static let seconds = 1...86_400
    private static let defaultBackend = "http://localhost:4000"

    /// - Parameter proxies: which the environment names; no file does.
    init(_ settings: Settings, proxies: ProxyRules = .none) throws(SettingError) {
        backend = try Self.backend(settings)
        backendOrigin = settings.origin(of: "BACKEND_URL")?.path
        isBackendGiven = settings.text("BACKEND_URL") != nil
        email = try settings.value("TRACKER_EMAIL", allowed: AccountID.rule) { AccountID($0)?.spelling }
        password = settings.text("TRACKER_PASSWORD")
        screenshotInterval = try settings.integer("SCREENSHOT_INTERVAL_SECONDS", default: 180, in: Self.seconds)
        liveViewInterval = try settings.integer("LIVE_VIEW_INTERVAL_SECONDS", default: 5, in: 1...60)
        heartbeatInterval = try settings.integer("HEARTBEAT_INTERVAL_SECONDS", default: 60, in: 1...3600)
        idleThreshold = try settings.integer(
            "IDLE_THRESHOLD_SECONDS", default: IdleMeter.usualThreshold, in: Self.seconds)
        stateDirectory = try Self.stateDirectory(settings)
        usesColor = settings.text("NO_COLOR") == nil
        asksBeforeStopping =
            try settings.value("TRACKER_NO_CONFIRM", allowed: "1 or 0") { ["1": false, "0": true][$0] } ?? true
        escapeDelay = try settings.integer("ESCDELAY", default: 50, in: 0...10_000)
        access = ServerAccess(
            proxies: proxies,
            authorities: try Self.authorities(settings),
            allowsPlainPasswords: try settings.value("TRACKER_INSECURE_HTTP", allowed: "1 or 0") {
                ["1": true, "0": false][$0]
            } ?? false)
        // A proxy that cannot be used is told at the start, not at the first request.
        _ = try proxies.proxy(for: backend)
    }

    var tracking: TrackingSession.Settings {
        .init(heartbeatInterval: .seconds(heartbeatInterval), idleThreshold: .seconds(idleThreshold))
    }

    /// Whether a login that an earlier run has kept is what this one is asked for.
    func means(_ account: Account) -> Bool {
        if isBackendGiven, backend != account.server { return false }
        return email.map { AccountID($0) == account.id } ?? true
    }

    private static func backend(_ settings: Settings) throws(SettingError) -> BackendURL {
        let text = settings.text("BACKEND_URL") ?? defaultBackend
        guard let backend = BackendURL(text) else {
            // Before an at sign there may be a password.
            let shown = text.contains("@") ? nil : text
            throw settings.refusal("BACKEND_URL", value: shown, allowed: BackendURL.allowed)
        }
        return backend
    }

    private static func authorities(_ settings: Settings) throws(SettingError) -> AuthorityFile? {
        guard let path = try settings.path("TRACKER_CA_FILE") else { return nil }
        guard let file = AuthorityFile(path) else {
            throw settings.refusal("TRACKER_CA_FILE", value: path, allowed: AuthorityFile.allowed)
        }
        return file
    }

    /// The folder that the XDG Base Directory Specification gives to a program's state.
    private static func stateDirectory(_ settings: Settings) throws(SettingError) -> String {
        if let directory = try settings.path("TRACKER_STATE_DIR") { return directory }
        // The specification asks for relative paths to be ignored.
        if let state = settings.text("XDG_STATE_HOME"), state.hasPrefix("/") { return "\(state)/tracker-tui" }
        if let home = settings.text("HOME") { return "\(home)/.local/state/tracker-tui" }
        throw SettingError(name: "TRACKER_STATE_DIR", value: nil, allowed: "set to a folder, because HOME is not set")
    }
}
