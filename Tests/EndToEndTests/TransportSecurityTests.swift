import TestSupport
import Testing

/// Which connections the server takes over TLS, by openssl.
@Suite(.timeLimit(.minutes(2)))
struct TransportSecurityTests {
    /// The protocol and cipher that are agreed on; nil when there is no agreement.
    private func agreed(_ server: LiveServer, _ options: [String]) async throws -> String? {
        let outcome = try await run(
            ["openssl", "s_client", "-brief", "-connect", "localhost:\(server.port)"] + options)
        guard outcome.status == 0 else { return nil }
        let lines = outcome.errors.split(separator: "\n")
        let value = { (name: String) in
            lines.first { $0.hasPrefix(name) }?.split(separator: " ").last.map(String.init)
        }
        return "\(value("Protocol version:") ?? "") \(value("Ciphersuite:") ?? "")"
    }

    @Test(arguments: ["ec", "rsa"])
    func onlyStrongConnectionsAreTaken(key: String) async throws {
        let folder = try TemporaryFolder()
        let tls = try await TestCertificate(in: folder, isRSA: key == "rsa")
        let server = try await LiveServer.start(tls: tls)
        let name = key == "rsa" ? "RSA" : "ECDSA"
        let weak = ["-cipher", "ALL:@SECLEVEL=0"]
        for version in ["-tls1", "-tls1_1"] { #expect(try await agreed(server, [version] + weak) == nil) }
        for cipher in [
            "AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA", "ECDHE-\(name)-AES128-SHA", "ECDHE-\(name)-AES256-SHA",
            "ECDHE-\(name)-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256",
        ] {
            #expect(try await agreed(server, ["-tls1_2", "-cipher", "\(cipher):@SECLEVEL=0"]) == nil, "\(cipher)")
        }
        for cipher in ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"] {
            let suite = "ECDHE-\(name)-\(cipher)"
            #expect(try await agreed(server, ["-tls1_2", "-cipher", suite]) == "TLSv1.2 \(suite)")
        }
        let newest = try #require(try await agreed(server, ["-tls1_3"]))
        #expect(newest.hasPrefix("TLSv1.3 TLS_"))
        _ = await server.stop()
        withExtendedLifetime(folder) {}
    }
}
