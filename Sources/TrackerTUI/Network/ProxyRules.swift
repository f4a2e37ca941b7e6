import FoundationEssentials
import Settings
import SocketIOClient

/// Which servers are asked through a proxy: the variables http_proxy, https_proxy and no_proxy as curl follows them. Those in
/// capitals count too, but not HTTP_PROXY, which a web server makes of a request's header `Proxy`.
struct ProxyRules: Sendable, Hashable {
    private struct Variable: Sendable, Hashable {
        let name: String
        let value: String
    }

    private let http: Variable?
    private let https: Variable?
    private let exceptions: NoProxy

    /// No proxy at all.
    static let none = ProxyRules(environment: [:])

    private static let allowed = "an address like http://proxy.example.com:3128"
    /// curl's for a proxy whose address names none.
    private static let usualPort = 1080

    init(environment: [String: String]) {
        func first(_ names: String...) -> Variable? {
            for name in names {
                if let value = environment[name], !value.isEmpty { return Variable(name: name, value: value) }
            }
            return nil
        }
        http = first("http_proxy")
        https = first("https_proxy", "HTTPS_PROXY")
        exceptions = NoProxy(first("no_proxy", "NO_PROXY")?.value ?? "")
    }

    /// The proxy before a server; nil: it is asked without.
    ///
    /// - Throws: when the variable's value is no address of a proxy that speaks plain HTTP.
    func proxy(for server: BackendURL) throws(SettingError) -> Proxy? {
        guard let variable = server.isSecure ? https : http, !exceptions.contains(server.host) else { return nil }
        guard let proxy = Self.read(variable) else {
            // Before an at sign there may be a password.
            let shown = variable.value.contains("@") ? nil : variable.value
            throw SettingError(name: variable.name, value: shown, allowed: Self.allowed)
        }
        return proxy
    }

    /// Those that can be used.
    var all: Set<SocketProxy> { Set([http, https].compactMap { $0.flatMap(Self.read)?.socket }) }

    private static func read(_ variable: Variable) -> Proxy? {
        let text = variable.value.contains("://") ? variable.value : "http://\(variable.value)"
        guard text.utf8.count <= 2000, let parts = URLComponents(string: text), parts.scheme?.lowercased() == "http",
            let host = parts.host?.lowercased(), !host.isEmpty, parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        let credentials = parts.user.map { Data("\($0):\(parts.password ?? "")".utf8).base64EncodedString() }
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        return Proxy(
            variable: variable.name,
            socket: SocketProxy(
                host: isBracketed ? String(host.dropFirst().dropLast()) : host, port: parts.port ?? usualPort,
                credentials: credentials))
    }

    /// True when nobody on the network can read what is said to this server.
    func isPrivate(_ server: BackendURL) -> Bool {
        if server.isSecure { return true }
        guard server.isLoopback else { return false }
        do throws(SettingError) {
            return try proxy(for: server).map { BackendURL.isLoopback($0.socket.host) } ?? true
        } catch {
            // Nothing is said through a proxy that cannot be used.
            return true
        }
    }
}

/// A proxy and where it is named.
struct Proxy: Sendable, Hashable {
    let variable: String
    let socket: SocketProxy

    /// For a person, without its password.
    var text: String {
        let host = socket.host.contains(":") ? "[\(socket.host)]" : socket.host
        return "http://\(host):\(socket.port) (\(variable))"
    }
}
