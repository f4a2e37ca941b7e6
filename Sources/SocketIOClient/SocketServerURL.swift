import FoundationEssentials

/// Where a Socket.IO server is.
public struct SocketServerURL: Sendable, Hashable {
    /// Whether the connection is encrypted.
    public let isSecure: Bool
    /// A name or an address; an IPv6 address without its brackets.
    public let host: String
    /// 80 or 443 where the text says none.
    public let port: Int

    /// Reads `http`, `https`, `ws` and `wss` with a host and perhaps a port: the first and third, and the second and fourth,
    /// mean the same. Nil for everything else, and when there is a path: it is set apart in the configuration.
    public init?(_ text: String) {
        guard text.utf8.count <= 2000, let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty,
            parts.path.isEmpty || parts.path == "/", parts.user == nil, parts.password == nil, parts.query == nil,
            parts.fragment == nil, parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        switch parts.scheme?.lowercased() {
        case "http", "ws": self.init(isSecure: false, host: host, port: parts.port)
        case "https", "wss": self.init(isSecure: true, host: host, port: parts.port)
        default: return nil
        }
    }

    /// - Parameters:
    ///   - host: an IPv6 address with or without its brackets.
    ///   - port: nil for 80 or 443.
    public init(isSecure: Bool, host: String, port: Int?) {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        self.isSecure = isSecure
        self.host = isBracketed ? String(host.dropFirst().dropLast()) : host
        self.port = port ?? (isSecure ? 443 : 80)
    }

    /// The value of a `Host` header.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }

    /// The address of long polling.
    var origin: String { "\(isSecure ? "https" : "http")://\(authority)" }
}
