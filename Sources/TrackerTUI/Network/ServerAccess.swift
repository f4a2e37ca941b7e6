import AsyncHTTPClient
import NIOSSL
import Settings
import SocketIOClient

/// How servers are reached: through which proxy, whose certificates count, and whether a password may go out in clear.
struct ServerAccess: Sendable, Hashable {
    var proxies = ProxyRules.none
    /// Nil: the authorities that the system trusts.
    var authorities: AuthorityFile?
    /// --insecure-http
    var allowsPlainPasswords = false

    /// Whose certificates the connection over Socket.IO takes.
    var trust: SocketClientConfiguration.Trust { authorities.map { .certificates($0.pem) } ?? .system }

    var tls: TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // What is older is not safe any more (RFC 8996).
        tls.minimumTLSVersion = .tlsv12
        if let authorities { tls.trustRoots = .certificates(authorities.certificates) }
        return tls
    }

    /// What is said instead of sending a password to this server; nil when it may go.
    func refusal(ofPasswordTo server: BackendURL) -> String? {
        guard !allowsPlainPasswords, !proxies.isPrivate(server) else { return nil }
        return
            "The password would go to \(server.text) unencrypted: use an https address, or allow it with --insecure-http "
            + "(TRACKER_INSECURE_HTTP=1)."
    }
}

/// Connections over HTTP, kept for each way of reaching a server. Whoever makes them shuts them down.
struct HTTPClients: Sendable {
    let access: ServerAccess
    private let direct: HTTPClient
    /// By the proxy; made at the start, for there are two at most.
    private let proxied: [SocketProxy: HTTPClient]
    private let devices: DeviceMemory?

    /// - Parameter devices: nil where nothing is kept of a login.
    init(_ access: ServerAccess, devices: DeviceMemory? = nil) {
        self.access = access
        self.devices = devices
        direct = TrackerClient.makeHTTPClient(tls: access.tls)
        var proxied: [SocketProxy: HTTPClient] = [:]
        for proxy in access.proxies.all { proxied[proxy] = TrackerClient.makeHTTPClient(tls: access.tls, proxy: proxy) }
        self.proxied = proxied
    }

    /// - Parameter heard: is told what the server's answers say of its clock.
    func client(for server: BackendURL, heard: @escaping HeardTime = { _ in }) -> TrackerClient {
        var http = direct
        do throws(SettingError) {
            if let proxy = try access.proxies.proxy(for: server) { http = proxied[proxy.socket] ?? direct }
        } catch {
            // The client says so instead of sending anything.
        }
        return TrackerClient(server: server, http: http, heard: heard, access: access, devices: devices)
    }

    func shutdown() async throws {
        for client in [direct] + proxied.values { try await client.shutdown() }
    }
}
