import Logging
import ServiceLifecycle
import Shared

/// Says each day, and at the start, when the certificate does not count, or soon will no more.
struct CertificateWatch: Service, CustomStringConvertible {
    let certificate: ServedCertificate
    let now: @Sendable () -> Timestamp
    let logger: Logger

    var description: String { "CertificateWatch" }

    static let interval = Duration.seconds(24 * 3600)

    func run() async {
        repeat { tell() } while await pause(Self.interval)
    }

    func tell() {
        guard let validity = certificate.contents.validity else { return }
        let metadata: Logger.Metadata = [
            "file": "\(certificate.files.certificate)", "from": "\(validity.from.iso8601)",
            "until": "\(validity.until.iso8601)",
        ]
        switch CertificateTerm(validity, at: now()) {
        case .good: break
        case .notYet: logger.error("The certificate does not count yet: clients refuse it", metadata: metadata)
        case .endsSoon:
            logger.warning(
                "The certificate expires within 14 days: put a new one in its place and send SIGHUP", metadata: metadata
            )
        case .ended: logger.error("The certificate has expired: clients refuse it", metadata: metadata)
        }
    }
}
