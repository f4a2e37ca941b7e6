import Foundation
import TestSupport
import Testing

@testable import TrackerServer

extension CommandTests {
    /// Where a server listens, and what it needs for that.
    @Suite struct Listening {
        @Test(arguments: ["192.0.2.1", "no-such-name.invalid", "256.0.0.1", "2001:db8::1"])
        func whatIsNoAddressOfThisMachineIsNoPlaceToListen(host: String) async throws {
            try await TestFolders.with { folders in
                let result = try await folders.run(["--host", host, "--insecure-http"])
                result.expectOneLine(2, "HOST=\(host)", "an address of this machine")
                #expect(!FileManager.default.fileExists(atPath: folders.data))
            }
        }

        @Test(arguments: ["0.0.0.0", "::", "192.0.2.1", "tracker.example"])
        func whereOthersReachItAServerNeedsEncryptionOrAWord(host: String) async throws {
            try await TestFolders.with { folders in
                try await folders.run([], ["HOST": host, "INSECURE_HTTP": "0"]).expectOneLine(
                    2, "HOST=\(host)", "127.0.0.1", "TLS_CERT_FILE and TLS_KEY_FILE", "TRUST_PROXY", "--insecure-http",
                    "INSECURE_HTTP=1")
                #expect(!FileManager.default.fileExists(atPath: folders.data))
            }
        }

        @Test func eachOfTheChoicesLetsItListen() async throws {
            let folder = try TemporaryFolder()
            let tls = try await TestCertificate(in: folder)
            let clear = "cross the network without encryption"
            for (arguments, settings, said) in [
                (["--insecure-http"], [:], clear), ([], ["INSECURE_HTTP": "1"], clear),
                ([], ["TRUST_PROXY": "10.0.0.0/8"], "what does not come by way of a proxy"),
                ([], ["TLS_CERT_FILE": tls.certificate, "TLS_KEY_FILE": tls.key], ""),
            ] {
                try await TestFolders.with { folders in
                    let own = [
                        "HOST": "0.0.0.0", "PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads,
                        "JWT_SECRET": String(repeating: "k", count: 32),
                    ]
                    let server = try ServerProcess(
                        arguments, environment: own.merging(settings) { $1 }, folder: folders.root)
                    _ = try await server.port()
                    server.signal(SIGTERM)
                    let result = try await server.result()
                    #expect(result.code == 0)
                    #expect(result.errors.contains(said.isEmpty ? "administrator" : said), "\(result.errors)")
                    #expect(result.errors.contains("network") == !said.isEmpty, "\(result.errors)")
                }
            }
        }

        /// The other commands open no port.
        @Test func onlyWhoListensNeedsEncryption() async throws {
            try await TestFolders.with { folders in
                let result = try await folders.run(
                    ["add-admin", "root@example.org", "--password-stdin"], ["HOST": "0.0.0.0"],
                    input: "correct horse battery\n")
                #expect(result.code == 0, "\(result.errors)")
            }
        }

        @Test func aCertificateAndItsKeyMustBeThereAndBelongTogether() async throws {
            try await TestFolders.with { folders in
                let folder = try TemporaryFolder()
                let tls = try await TestCertificate(in: folder)
                let other = try await TestCertificate(in: folder, name: "other")
                let (certificate, key) = ("TLS_CERT_FILE", "TLS_KEY_FILE")
                try await folders.run([], [certificate: tls.certificate]).expectOneLine(
                    2, "\(certificate)=\(tls.certificate)", key, "together")
                for (files, wrong) in [
                    ((tls.certificate, other.key), key), ((tls.certificate, folder.path + "/none"), key),
                    ((tls.certificate, tls.certificate), key), ((tls.key, tls.key), certificate),
                    ((folder.path + "/none", tls.key), certificate), ((folder.path, tls.key), certificate),
                ] {
                    let value = wrong == key ? files.1 : files.0
                    try await folders.run([], [certificate: files.0, key: files.1])
                        .expectOneLine(2, "\(wrong)=\(value)")
                }
                #expect(!FileManager.default.fileExists(atPath: folders.data))
            }
        }
    }
}
