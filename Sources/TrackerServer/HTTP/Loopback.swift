import HTTPTypes
import NIOCore

/// What reaches this machine alone, and comes from nowhere else. Pure.
enum Loopback {
    /// `localhost`, `::1` or an address of 127.0.0.0/8; other names may lead anywhere.
    static func isHost(_ host: some StringProtocol) -> Bool {
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return host == "localhost" || host == "::1" || bytes.count == 4 && bytes[0] == 127 && !bytes.contains(nil)
    }

    /// Whether a program on this machine asks for itself: not a proxy for somebody elsewhere, and not a browser for the page of
    /// another site, which might have led a name of its own to this machine.
    ///
    /// A proxy that says nothing of itself and of the host that was asked for can't be told from such a program.
    static func isSender(of request: HTTPRequest, at address: SocketAddress?) -> Bool {
        let fields = request.headerFields
        let foreign: [HTTPField.Name] = [
            .forwarded, .xForwardedFor, .xForwardedHost, .xForwardedProto, .xRealIP, .via, .origin,
        ]
        return isAddress(address?.ipAddress) && isAuthority(request.authority ?? "")
            && !foreign.contains(where: fields.contains) && !fields.comesFromAnotherSite(than: request.authority)
    }

    private static func isAddress(_ address: String?) -> Bool {
        guard let address else { return false }
        // A socket of both versions of IP has addresses of version 4 in this form.
        let mapped = "::ffff:"
        return isHost(address.hasPrefix(mapped) ? address.dropFirst(mapped.count) : address[...])
    }

    /// A host as above, in a header's form: with a port behind it, an address of version 6 in brackets.
    private static func isAuthority(_ text: String) -> Bool {
        let isBracketed = text.first == "["
        guard let end = isBracketed ? text.firstIndex(of: "]") : text.firstIndex(of: ":") ?? text.endIndex else {
            return false
        }
        let host = text[..<end].dropFirst(isBracketed ? 1 : 0)
        let port = text[end...].dropFirst(isBracketed ? 1 : 0)
        guard port.isEmpty || port.first == ":" && port.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return false }
        return isBracketed ? IPv6Address.canonical(String(host)) == "::1" : isHost(host.lowercased())
    }
}

extension HTTPFields {
    /// True when a browser says that a page of another site made it ask (Fetch Metadata Request Headers, W3C, section 2.3);
    /// values that it does not know shall be ignored. Over HTTP, where browsers say that of this machine alone, the origin of the
    /// page says it (Fetch, WHATWG, "Origin header").
    /// - Parameter authority: host and port that were asked for.
    func comesFromAnotherSite(than authority: String?) -> Bool {
        let sites = self[values: .secFetchSite].map { $0.lowercased() }
        guard sites.isEmpty, let origin = self[.origin] else {
            return sites.contains { $0 == "same-site" || $0 == "cross-site" }
        }
        return origin.split(separator: "/").last.map(String.init)?.lowercased() != authority?.lowercased()
    }
}
