import Files
import Foundation
import Logging
import ServiceLifecycle
import Settings
import Shared
import UnixSignals

/// What SIGHUP does: the certificate is read again, as operators of services expect; but where it says that the terminal is
/// gone from which the server was started by hand, the server stops, as people there expect.
struct HangUps: Service, CustomStringConvertible {
    /// Nil without TLS.
    let watch: CertificateWatch?
    let signals: UnixSignalsSequence
    let terminal: StartingTerminal
    let logger: Logger

    var description: String { "HangUps" }

    /// - Returns: when the server shall stop, or does.
    func run() async {
        for await _ in signals.cancelOnGracefulShutdown() {
            if terminal.isGone {
                logger.notice("The terminal is gone: the server stops")
                return
            }
            await renew()
        }
    }

    private func renew() async {
        guard let watch else {
            logger.notice("SIGHUP changes nothing: there is no certificate to read again")
            return
        }
        let certificate = watch.certificate
        do throws(SettingError) {
            try await BlockingExecutor(label: "certificate").run { () throws(SettingError) in try certificate.renew() }
            let until = certificate.contents.validity.map { $0.until.iso8601 } ?? "unknown"
            logger.notice("The certificate was read again", metadata: ["until": "\(until)"])
            watch.tell()
        } catch {
            logger.error("The certificate can't be read again; the old one stays", metadata: ["reason": "\(error)"])
        }
    }
}

/// The terminal that a program was started from, as far as its standard input, output or errors are of one.
struct StartingTerminal: Sendable {
    private let descriptors: [Int32]

    init() { descriptors = [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO].filter { isatty($0) == 1 } }

    /// Of a terminal that has hung up nothing can be asked any more (ioctl_tty(2), EIO).
    var isGone: Bool { descriptors.contains { isatty($0) != 1 } }
}
