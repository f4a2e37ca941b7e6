import Foundation
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

    @Test(
        .enabled(if: TransportSecurityTests.nmap != nil, "nmap is missing: scripts/bootstrap --test"),
        arguments: ["ec", "rsa"])
    func nmapFindsNothingWeak(key: String) async throws {
        let folder = try TemporaryFolder()
        let server = try await LiveServer.start(tls: try await TestCertificate(in: folder, isRSA: key == "rsa"))
        let outcome = try await run(
            Self.nmap ?? "", "-Pn", "-sT", "-p", "\(server.port)", "--script", "ssl-enum-ciphers", "127.0.0.1")
        let found = String(decoding: outcome.output, as: UTF8.self)
        let versions = found.matches(of: /(SSLv\d|TLSv1\.\d):/).map { String($0.1) }
        #expect(versions == ["TLSv1.2", "TLSv1.3"], "\(found)")
        #expect(found.contains("least strength: A"), "\(found)")
        let ciphers = found.matches(of: /(TLS_\w+) \(/).map { String($0.1) }
        #expect(ciphers.count >= 6, "\(found)")
        #expect(ciphers.allSatisfy { $0.contains("GCM") || $0.contains("CHACHA20") }, "\(found)")
        #expect(!found.contains("warnings:"), "\(found)")
        _ = await server.stop()
    }

    private static let nmap = ["/usr/bin/nmap"].first { FileManager.default.isExecutableFile(atPath: $0) }

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
