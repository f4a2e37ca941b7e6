import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// What a person is told of a server whose TLS is not as it should be, each fault from a real one.
@Suite(.timeLimit(.minutes(5)))
struct TLSFaultTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority

    init() async throws {
        folder = try TemporaryFolder()
        authority = try await TestAuthority(in: folder)
    }

    /// - Returns: what is said of `https://HOST:port`, which is called URL.
    private func said(
        of port: Int, host: String = "localhost", trusting authorities: String? = nil,
        proxies: [String: String] = [:]
    ) async throws -> String {
        let url = "https://\(host):\(port)"
        let file = try authorities.map { try #require(AuthorityFile($0)) }
        let clients = HTTPClients(
            ServerAccess(proxies: ProxyRules(environment: proxies), authorities: file))
        let client = clients.client(for: try #require(BackendURL(url)))
        var sentence = ""
        do throws(TrackerAPIError) {
            try await client.checkHealth()
        } catch {
            sentence = error.message
        }
        try await clients.shutdown()
        return sentence.replacingOccurrences(of: url, with: "URL")
    }

    private func server(_ file: String, names: String, days: Int = 2, _ options: [String] = []) async throws
        -> OpenSSLServer
    {
        let (certificate, key) = try await authority.sign(file, names: names, days: days)
        return try await OpenSSLServer(certificate: certificate, key: key, options)
    }

    private static let page =
        "URL answers, but not like this system's server: with a web page (status 200). Perhaps this network wants a login "
        + "first."

    @Test func aCertificateIsTakenByTheFileThatWasGiven() async throws {
        let good = try await server("good", names: "DNS:localhost,IP:127.0.0.1")
        #expect(try await said(of: good.port, trusting: authority.certificate) == Self.page)
        #expect(try await said(of: good.port, host: "127.0.0.1", trusting: authority.certificate) == Self.page)
        let own = try await TestCertificate(in: folder)
        let alone = try await OpenSSLServer(certificate: own.certificate, key: own.key)
        #expect(try await said(of: alone.port, trusting: own.certificate) == Self.page)
    }

    @Test func anUnknownAuthorityIsNamed() async throws {
        let good = try await server("good", names: "DNS:localhost")
        #expect(
            try await said(of: good.port)
                == "The certificate of URL is signed by Test Authority, whom this computer does not trust: give that "
                + "authority's certificate with --ca-file (TRACKER_CA_FILE).")
        let other = try await TestCertificate(in: folder)
        #expect(
            try await said(of: good.port, trusting: other.certificate)
                == "The certificate of URL is signed by Test Authority, whom this computer does not trust: "
                + "\(other.certificate) (TRACKER_CA_FILE) does not hold that authority's.")
    }

    @Test func aCertificateThatVouchesForItselfIsSaidToDoSo() async throws {
        let own = try await TestCertificate(in: folder)
        let server = try await OpenSSLServer(certificate: own.certificate, key: own.key)
        #expect(
            try await said(of: server.port)
                == "The certificate of URL is signed by itself, and nobody else vouches for it: if you trust it, give it "
                + "with --ca-file (TRACKER_CA_FILE).")
    }

    @Test func anExpiredCertificateHasItsDate() async throws {
        let expired = try await server("expired", names: "DNS:localhost", days: -1)
        let text = try await run(
            "openssl", "x509", "-in", folder.path + "/expired.pem", "-noout", "-enddate", "-dateopt", "iso_8601")
        let day = String(decoding: text.output, as: UTF8.self).dropFirst("notAfter=".count).prefix(10)
        let today = SystemClock().now().wall.iso8601.prefix(10)
        for trusted in [nil, authority.certificate] {
            #expect(
                try await said(of: expired.port, trusting: trusted)
                    == "The certificate of URL expired on \(day), and this computer says it is \(today): whoever runs the "
                    + "server must renew it.")
        }
    }

    @Test func aCertificateForAnotherNameSaysForWhich() async throws {
        let other = try await server("other", names: "DNS:a.example,DNS:*.b.example,IP:10.0.0.1,IP:::1")
        #expect(
            try await said(of: other.port, trusting: authority.certificate)
                == "The certificate of URL is for a.example, *.b.example, 10.0.0.1, ::1, not for localhost: use a name that "
                + "it is for.")
        #expect(
            try await said(of: other.port, host: "127.0.0.1", trusting: authority.certificate)
                == "The certificate of URL is for a.example, *.b.example, 10.0.0.1, ::1, not for 127.0.0.1: use a name that "
                + "it is for.")
    }

    @Test func plainHTTPBehindAnAddressOfTLSIsSaid() async throws {
        try await TinyServer.run(.init()) { _, client in
            let sentence = try await said(of: client.server.port)
            #expect(
                sentence == "URL does not speak TLS: perhaps the address begins with http://, or the port is another.")
        }
    }

    @Test func aServerThatIsTooOldIsSaidToBe() async throws {
        let old = try await server(
            "old", names: "DNS:localhost", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(
            try await said(of: old.port, trusting: authority.certificate)
                == "URL speaks TLS only in versions before 1.2, which are not safe any more: whoever runs it must update it."
        )
    }

    @Test func theReasonsOfTheLibraryAreKnownByTheirNames() {
        for (name, fault) in [
            ("CERTIFICATE_VERIFY_FAILED", TLSFault.certificate(isName: false)), ("WRONG_VERSION_NUMBER", .noTLS),
            ("HTTP_REQUEST", .noTLS), ("UNSUPPORTED_PROTOCOL", .tooOld), ("TLSV1_ALERT_PROTOCOL_VERSION", .tooOld),
            ("SSLV3_ALERT_HANDSHAKE_FAILURE", .other("sslv3 alert handshake failure")),
        ] {
            let reason = "Error: 1 error:100000f7:SSL routines:OPENSSL_internal:\(name) at /a/b.cc:242"
            #expect(TLSFault(reasons: [reason]) == fault)
        }
    }
}

struct CertificateFaultTests {
    private let now = Times.wallZero

    private func shown(
        from: Int = -100, until: Int = 100, isSelfSigned: Bool = false, names: [String] = []
    ) -> ShownCertificate {
        ShownCertificate(
            subject: "s", issuer: "i", isSelfSigned: isSelfSigned, from: now.adding(seconds: from),
            until: now.adding(seconds: until), names: names)
    }

    @Test func theFirstFaultOfTheChainCounts() {
        func fault(_ chain: ShownCertificate..., isName: Bool = false) -> CertificateFault {
            CertificateFault(chain, isName: isName, now: now)
        }
        #expect(fault() == .unknown)
        #expect(fault(shown(), shown(until: -1)) == .expired(now.adding(seconds: -1)))
        #expect(fault(shown(from: 1), shown()) == .notYetValid(now.adding(seconds: 1)))
        #expect(fault(shown(isSelfSigned: true)) == .selfSigned)
        #expect(fault(shown(), shown(isSelfSigned: true)) == .unknownAuthority("i"))
        #expect(fault(shown(names: ["a"]), isName: true) == .otherName(["a"]))
        #expect(fault(shown(), isName: true) == .otherName(["s"]))
    }

    @Test func aCertificateOfTomorrowAsksForTheClock() throws {
        let server = try #require(BackendURL("https://a.example"))
        #expect(
            CertificateFault.notYetValid(now.adding(seconds: 86_400)).sentence(of: server, now: now, authorities: nil)
                == "The certificate of https://a.example is valid from 2026-03-03 on, and this computer says it is "
                + "2026-03-02: is its clock right?")
    }
}
