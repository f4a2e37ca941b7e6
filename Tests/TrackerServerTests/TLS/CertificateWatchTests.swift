import Logging
import Shared
import TestSupport
import Testing

@testable import TrackerServer

struct CertificateWatchTests {
    private static let day: Int64 = 24 * 3600 * 1000

    @Test func fourteenDaysBeforeItsEndThereIsSomethingToSay() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let tls = try await TestCertificate(in: folder)
        let certificate = try ServedCertificate(.init(certificate: tls.certificate, key: tls.key))
        let validity = try #require(certificate.contents.validity)
        #expect(validity.until - validity.from == 2 * Self.day)
        for (time, level, said) in [
            (validity.from.adding(milliseconds: -1), "error", "does not count yet"),
            (validity.from, "warning", "expires within 14 days"), (validity.until, "warning", "expires within 14 days"),
            (validity.until.adding(milliseconds: 1), "error", "has expired"),
        ] {
            let log = CollectedLog()
            CertificateWatch(certificate: certificate, now: { time }, logger: log.logger).tell()
            try #require(log.lines.count == 1)
            #expect(log.lines[0].level.rawValue == level)
            #expect(log.lines[0].text.contains(said))
            #expect(log.lines[0].metadata.contains("file=\(tls.certificate)"))
            #expect(log.lines[0].metadata.contains("until=\(validity.until.iso8601)"))
        }
    }

    @Test func ofACertificateThatCountsForLongNothingIsSaid() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let authority = try await TestAuthority(in: folder)
        let files = try await authority.sign("server", names: "DNS:localhost", days: 100)
        let certificate = try ServedCertificate(.init(certificate: files.certificate, key: files.key))
        let until = try #require(certificate.contents.validity).until
        for (milliseconds, lines) in [(-CertificateTerm.notice, 0), (1 - CertificateTerm.notice, 1)] {
            let log = CollectedLog()
            let now = until.adding(milliseconds: milliseconds)
            CertificateWatch(certificate: certificate, now: { now }, logger: log.logger).tell()
            #expect(log.lines.count == lines)
        }
    }

    @Test func whatCannotBeUsedChangesNothing() async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let (old, new) = (try await TestCertificate(in: folder), try await TestCertificate(in: folder, name: "new"))
        let certificate = try ServedCertificate(.init(certificate: old.certificate, key: old.key))
        let first = certificate.contents
        // The key does not belong to it.
        try folder.write(try folder.bytes(of: "new.pem"), to: "localhost.pem")
        #expect(throws: (any Error).self) { try certificate.renew() }
        #expect(certificate.contents.context === first.context)
        try folder.write(try folder.bytes(of: "new-key.pem"), to: "localhost-key.pem")
        try certificate.renew()
        #expect(certificate.contents.context !== first.context)
        withExtendedLifetime(new) {}
    }
}
