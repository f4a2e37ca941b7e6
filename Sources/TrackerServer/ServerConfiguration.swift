import Foundation
import HTTPTypes
import Logging
import NIOCore
import Settings
import Shared
import SocketIO
import SocketIOServer

/// Every setting of the server, its default and its check.
struct ServerConfiguration: Sendable {
    let host: String
    let port: Int
    let dataFolder: String
    let uploadFolder: String
    /// Nil: made and kept in the data folder.
    let jwtSecret: [UInt8]?
    /// Empty: every origin.
    let allowedOrigins: [String]
    let administrator: Administrator?
    let zone: WorkZone
    let sessionTimeoutSeconds: Int
    /// A sign-in ends so many days after its login.
    let signInDays: Int
    /// Managers without a second factor may do nothing but set one up.
    let requiresSecondFactor: Bool
    let maxUploadBytes: Int
    let maxImagePixels: Int
    /// What small pictures may take on the disk; 0: none are kept.
    let thumbnailCacheBytes: Int
    /// The file of the key that image keys are wrapped with; nil: images are not encrypted.
    let uploadKeyFile: String?
    let floods: FloodLimits
    /// Nil: images are kept for ever.
    let retention: RetentionRule?
    /// True when the administrator says with this start that the clock is right and old images may go. Never a setting,
    /// which would say so for ever.
    var confirmsRetention = false
    /// The folder of the web admin's files while somebody works on them; nil: those in the program.
    var webRoot: String?
    /// Socket.IO, with the origins of the rest.
    let sockets: SocketIOServer.Configuration
    /// Nil: HTTP without encryption.
    let tls: TLSFiles?
    /// Those who pass on what others ask.
    let proxies: TrustedProxies
    /// Passwords may cross the network without encryption.
    let allowsInsecureHTTP: Bool
    let logLevel: Logger.Level
    /// False: nothing is counted.
    let countsMetrics: Bool

    struct Administrator: Sendable {
        let id: AccountID
        let password: String
    }

    /// The paths of PEM files.
    struct TLSFiles: Sendable {
        let certificate: String
        let key: String
    }

    static let minimalSecretBytes = 32
    static let socketPath = "/socket.io/"

    var isLoopback: Bool { Loopback.isHost(host) }

    init(_ settings: Settings) throws(SettingError) {
        host = try settings.value("HOST", allowed: ListeningAddress.allowed, ListeningAddress.host) ?? "127.0.0.1"
        port = try settings.integer("PORT", default: 4000, in: 0...65535)
        dataFolder = settings.text("DATA_DIR") ?? "data"
        uploadFolder = settings.text("UPLOAD_DIR") ?? "uploads"
        allowedOrigins =
            try settings.value(
                "ALLOWED_ORIGINS", allowed: "* or origins such as https://admin.example.org, separated by commas",
                Self.origins) ?? []
        zone =
            try settings.value(
                "TRACKER_TIME_ZONE", allowed: "the IANA name of a time zone such as Europe/Berlin, no abbreviation",
                ZoneDatabase.system.zone) ?? ZoneDatabase.system.zone("UTC") ?? .utc
        sessionTimeoutSeconds = try settings.integer("SESSION_TIMEOUT_SECONDS", default: 300, in: 10...86_400)
        signInDays = try settings.integer("SIGN_IN_MAX_DAYS", default: 30, in: 1...365)
        requiresSecondFactor =
            try settings.value("REQUIRE_SECOND_FACTOR", allowed: "1 or 0") { ["1": true, "0": false][$0] } ?? false
        maxUploadBytes = try settings.integer("MAX_UPLOAD_BYTES", default: 10_485_760, in: 1024...1_073_741_824)
        maxImagePixels = try settings.integer("MAX_IMAGE_PIXELS", default: 100_000_000, in: 1...10_000_000_000)
        thumbnailCacheBytes = try settings.integer(
            "THUMBNAIL_CACHE_BYTES", default: 268_435_456, in: 0...1_099_511_627_776)
        uploadKeyFile = settings.text(MasterKey.setting)
        floods = try FloodLimits(settings)
        let days = try settings.integer("RETENTION_DAYS", default: 0, in: 0...36_500)
        retention = days == 0 ? nil : RetentionRule(days: days)
        let interval = try settings.integer("SOCKET_PING_INTERVAL_MS", default: 25_000, in: 100...3_600_000)
        let timeout = try settings.integer("SOCKET_PING_TIMEOUT_MS", default: 20_000, in: 100...3_600_000)
        let proxies =
            try settings.value("TRUST_PROXY", allowed: TrustedProxies.allowed) { TrustedProxies($0) } ?? .none
        self.proxies = proxies
        allowsInsecureHTTP =
            try settings.value("INSECURE_HTTP", allowed: "1 or 0") { ["1": true, "0": false][$0] } ?? false
        sockets = SocketIOServer.Configuration(
            engine: .init(
                engine: EngineConfiguration(
                    pingInterval: .milliseconds(interval), pingTimeout: .milliseconds(timeout)),
                path: Self.socketPath, allowedOrigins: allowedOrigins, rememberedHeaders: [.authorization],
                address: { peer, headers in
                    guard let peer = peer?.ipAddress.flatMap({ IPAddress($0) }) else { return nil }
                    return proxies.address(of: headers, from: peer).description
                }))
        let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
        logLevel =
            try settings.value("LOG_LEVEL", allowed: "one of \(levels)") { Logger.Level(rawValue: $0.lowercased()) }
            ?? .info
        countsMetrics = try settings.value("METRICS", allowed: "1 or 0") { ["1": true, "0": false][$0] } ?? true
        tls = try Self.tlsFiles(settings)
        jwtSecret = settings.text("JWT_SECRET").map { Array($0.utf8) }
        administrator = try Self.administrator(settings)
        if let jwtSecret, jwtSecret.count < Self.minimalSecretBytes, !isLoopback {
            throw SettingError(
                name: "JWT_SECRET", value: nil,
                allowed: "at least \(Self.minimalSecretBytes) bytes long while HOST is not a loopback address")
        }
    }

    /// As browsers send them; nil when one is no origin. With a `*` all are allowed.
    private static func origins(_ text: String) -> [String]? {
        let written = text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        if written.contains("*") { return [] }
        let origins = written.compactMap { WebOrigin($0)?.text }
        return origins.count == written.count && !origins.isEmpty ? origins : nil
    }

    private static func administrator(_ settings: Settings) throws(SettingError) -> Administrator? {
        let id = try settings.value("ADMIN_EMAIL", allowed: AccountID.rule) { AccountID($0) }
        let password = settings.text("ADMIN_PASSWORD")
        switch (id, password) {
        case (nil, nil): return nil
        case (let id?, let password?):
            if let expected = PasswordRule.missing(in: password) {
                throw SettingError(name: "ADMIN_PASSWORD", value: nil, allowed: expected)
            }
            return Administrator(id: id, password: password)
        case (let id?, nil):
            throw SettingError(name: "ADMIN_EMAIL", value: id.spelling, allowed: "set together with ADMIN_PASSWORD")
        case (nil, _?):
            throw SettingError(name: "ADMIN_PASSWORD", value: nil, allowed: "set together with ADMIN_EMAIL")
        }
    }

    private static func tlsFiles(_ settings: Settings) throws(SettingError) -> TLSFiles? {
        switch (settings.text("TLS_CERT_FILE"), settings.text("TLS_KEY_FILE")) {
        case (nil, nil): return nil
        case (let certificate?, let key?): return TLSFiles(certificate: certificate, key: key)
        case (let certificate?, nil):
            throw SettingError(name: "TLS_CERT_FILE", value: certificate, allowed: "set together with TLS_KEY_FILE")
        case (nil, let key?):
            throw SettingError(name: "TLS_KEY_FILE", value: key, allowed: "set together with TLS_CERT_FILE")
        }
    }
}
