import Files
import Foundation
import NIOCore
import Settings

/// HOST and PORT: what they may be, and whether this machine can listen there.
struct ListeningAddress: Sendable {
    let host: String
    let port: Int

    static let allowed =
        "an address of this machine such as 127.0.0.1 or ::1, or a name of it, without a port: that is PORT"

    /// Nil for what is neither an address nor a name.
    static func host(_ text: String) -> String? {
        // An address of one link names its interface behind a percent sign (RFC 4007, section 11).
        if IPv6Address.canonical(String(text.prefix { $0 != "%" })) != nil { return text }
        let isName = text.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._".utf8.contains(byte)
        }
        return isName && text.utf8.count <= 253 ? text : nil
    }

    /// Binds a socket there for a moment. That another program listens there is found out by listening.
    /// - Throws: ``SettingError`` for HOST, or for a PORT that is not for this user.
    func check() async throws(SettingError) {
        try await BlockingExecutor(label: "address").run { () throws(SettingError) in
            let address: SocketAddress
            do {
                address = try SocketAddress.makeAddressResolvingHost(host, port: port)
            } catch {
                throw refused("nothing has that name")
            }
            try bind(address)
        }
    }

    private func bind(_ address: SocketAddress) throws(SettingError) {
        let descriptor = socket(address.isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw refused(String(cString: strerror(errno))) }
        defer { close(descriptor) }
        // As the server itself does, so that connections of an earlier one that linger are in nobody's way.
        var yes: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        let code = address.withSockAddr { Foundation.bind(descriptor, $0, socklen_t($1)) == 0 ? 0 : errno }
        switch code {
        case 0, EADDRINUSE: return
        case EACCES, EPERM:
            throw SettingError(
                name: "PORT", value: String(port), allowed: "a port that this user may listen on, such as 4000")
        default: throw refused(String(cString: strerror(code)))
        }
    }

    private func refused(_ reason: String) -> SettingError {
        SettingError(name: "HOST", value: host, allowed: "\(Self.allowed) (\(reason))")
    }
}

extension SocketAddress {
    fileprivate var isIPv6: Bool {
        if case .v6 = self { true } else { false }
    }
}

extension ServerConfiguration {
    /// Looks whether the settings fit this machine, before anything is made.
    /// - Throws: ``SettingError``
    func check() async throws(SettingError) {
        guard isLoopback || tls != nil || !proxies.isEmpty || allowsInsecureHTTP else {
            throw SettingError(name: "HOST", value: host, allowed: Self.waysToListen)
        }
        for (name, path) in [("DATA_DIR", dataFolder), ("UPLOAD_DIR", uploadFolder)] where Self.isBlocked(path) {
            throw SettingError(name: name, value: path, allowed: "a folder, or a path where one can be made")
        }
        _ = try tls?.load()
        try await ListeningAddress(host: host, port: port).check()
        _ = try masterKey()
    }

    /// What others can reach needs encryption, unless somebody says that it does not.
    private static let waysToListen = """
        a loopback address such as 127.0.0.1, or used with one of these: TLS_CERT_FILE and TLS_KEY_FILE, so that the server \
        speaks HTTPS; TRUST_PROXY, the address of a proxy that does; --insecure-http or INSECURE_HTTP=1, if passwords, tokens \
        and pictures may cross the network without encryption
        """

    /// True when something that is no folder lies there or on the way.
    private static func isBlocked(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) { return !isFolder.boolValue }
        // Foundation's `deletingLastPathComponent` traps on a name of one letter.
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return false }
        return isBlocked(String(path[..<slash]))
    }
}
