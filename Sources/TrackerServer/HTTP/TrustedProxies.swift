import HTTPTypes
import NIOCore

/// The proxies whose word counts (TRUST_PROXY). Pure.
struct TrustedProxies: Sendable, Hashable {
    private let networks: [IPNetwork]

    static let none = TrustedProxies(networks: [])
    static let allowed =
        "addresses and networks of proxies such as 127.0.0.1 or 10.0.0.0/8, separated by commas, and not everybody's"

    private init(networks: [IPNetwork]) { self.networks = networks }

    /// Nil when a part is neither an address nor a network, or there is none.
    init?(_ text: String) {
        let written = text.split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
        let networks = written.compactMap { IPNetwork($0) }
        guard !networks.isEmpty, networks.count == written.count else { return nil }
        self.networks = networks
    }

    var isEmpty: Bool { networks.isEmpty }

    func contains(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// The address that a request comes from: what the nearest proxy says of its own peer, as long as that is a trusted one as
    /// well. What stands further left may have been written by anybody.
    func address(of headers: HTTPFields, from peer: IPAddress) -> IPAddress {
        var address = peer
        guard contains(address) else { return address }
        let hops = headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            // A proxy that says something else than an address hides it: the request is the proxy's own.
            guard let next = IPAddress(hop.trimmed.withoutPort) else { break }
            address = next
            guard contains(address) else { break }
        }
        return address
    }

    /// Whether a trusted proxy says that it was asked with encryption; nil when none says either. It is the nearest one's word
    /// that counts, the last one: a proxy that adds to what it was told has not checked the rest.
    func isSecure(_ headers: HTTPFields, from peer: IPAddress) -> Bool? {
        guard contains(peer), let said = headers[values: .xForwardedProto].last else { return nil }
        return switch said.split(separator: ",").last?.trimmed.lowercased() {
        case "https", "wss": true
        case "http", "ws": false
        default: nil
        }
    }
}

extension TrackerRequestContext {
    /// The same connection, for a request with these headers.
    /// - Parameter isSecure: the connection itself is encrypted.
    func heard(_ headers: HTTPFields, trusting proxies: TrustedProxies, isSecure: Bool) -> TrackerRequestContext {
        var context = self
        context.isSecure = isSecure
        guard !proxies.isEmpty, let peer = channel.remoteAddress?.ipAddress.flatMap({ IPAddress($0) }) else {
            return context
        }
        context.address = proxies.address(of: headers, from: peer).description
        context.isSecure = proxies.isSecure(headers, from: peer) ?? isSecure
        return context
    }
}

extension Substring {
    /// Without the white space of HTTP around it (RFC 9110, section 5.6.3).
    fileprivate var trimmed: Substring {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let bytes = utf8.drop(while: isSpace)
        let end = bytes.lastIndex { !isSpace($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return Substring(bytes[..<end])
    }

    /// An address without what some proxies write with it: a port, and the brackets that set it apart.
    fileprivate var withoutPort: Substring {
        if first == "[" { return dropFirst().prefix { $0 != "]" } }
        guard let colon = firstIndex(of: ":"), colon == lastIndex(of: ":") else { return self }
        return self[..<colon]
    }
}
