import FoundationEssentials

/// Where the server is: scheme, host, port and perhaps a path before all of the interface's own.
struct BackendURL: Sendable, Hashable {
    static let allowed = "an address like http://localhost:4000 or https://tracker.example.com"

    /// Without a slash at the end, the host in lower case, the port only where it is not the scheme's own: captures in the
    /// queue are found by it, so one server has one spelling.
    let text: String
    let isSecure: Bool
    /// In lower case; an IPv6 address in brackets.
    let host: String
    let port: Int
    /// Before all paths of the interface, without a slash at the end.
    let path: String

    /// Nil for anything but http and https with a host; user names, queries and fragments are no part of it.
    init?(_ text: String) {
        var rest = text[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        let trimmed = String(rest)
        guard trimmed.utf8.count <= 2000, let parts = URLComponents(string: trimmed),
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.query == nil, parts.fragment == nil, parts.port.map((1...65_535).contains) ?? true
        else { return nil }
        var path = parts.percentEncodedPath[...]
        while path.last == "/" { path.removeLast() }
        let usual = scheme == "http" ? 80 : 443
        let port = parts.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
        guard let encodedHost = parts.percentEncodedHost?.lowercased() else { return nil }
        self.text = "\(scheme)://\(encodedHost)\(port)\(path)"
        isSecure = scheme == "https"
        self.host = host.lowercased()
        self.port = parts.port ?? usual
        self.path = String(path)
    }

    /// The server is on this machine.
    var isLoopback: Bool { Self.isLoopback(host) }

    /// - Parameter host: in lower case; an IPv6 address in brackets or not.
    static func isLoopback(_ host: String) -> Bool {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let address = NumericAddress(isBracketed ? host.dropFirst().dropLast() : host[...])
        return address?.isLoopback ?? (host == "localhost")
    }

    /// - Parameter path: begins with a slash.
    func appending(_ path: String) -> String { text + path }
}
