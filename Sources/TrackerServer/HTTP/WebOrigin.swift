import NIOCore

/// A web origin in the form in which browsers send it: scheme and host in lower case, the port unless it is the scheme's own
/// (RFC 6454, section 6.2).
struct WebOrigin: Sendable, Hashable {
    let text: String

    private static let ports = ["http": 80, "https": 443]

    /// Takes it in capitals, with a slash at the end and with the scheme's own port as well.
    init?(_ written: String) {
        let parts = written.lowercased().split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let ownPort = Self.ports[String(parts[0])] else { return nil }
        var rest = parts[1]
        if rest.last == "/" { rest.removeLast() }
        let (name, port) = Self.split(rest)
        guard let host = Self.host(name) else { return nil }
        guard let port else {
            text = "\(parts[0])://\(host)"
            return
        }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65535).contains(number)
        else { return nil }
        text = "\(parts[0])://\(host)\(number == ownPort ? "" : ":\(number)")"
    }

    /// The host and the port behind it; colons in brackets belong to the host.
    private static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
        guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    /// Nil for what no browser has as a host. Names with other letters are sent in their ASCII form.
    private static func host(_ name: Substring) -> String? {
        if name.first == "[", name.last == "]" {
            return IPv6Address.canonical(String(name.dropFirst().dropLast())).map { "[\($0)]" }
        }
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "-._".utf8.contains(byte)
        }
        return isName && !name.isEmpty && !name.hasPrefix(".") && !name.contains("..") ? String(name) : nil
    }
}

enum IPv6Address {
    /// The shortest form (RFC 5952); nil when it is no address.
    static func canonical(_ text: String) -> String? {
        do {
            let address = try SocketAddress(ipAddress: text, port: 0)
            guard case .v6 = address else { return nil }
            return address.ipAddress
        } catch {
            return nil
        }
    }
}
