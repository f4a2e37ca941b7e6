import NIOSSL
import Settings
import Shared
import Synchronization

/// The certificate that new connections are shown, and its key: what their files held when they were read last.
final class ServedCertificate: Sendable {
    let files: ServerConfiguration.TLSFiles
    private let newest: Mutex<Contents>

    struct Contents: Sendable {
        let context: NIOSSLContext
        /// Of the server's own certificate; nil where it has no times.
        let validity: CertificateValidity?
    }

    init(_ files: ServerConfiguration.TLSFiles) throws(SettingError) {
        self.files = files
        newest = Mutex(try files.load())
    }

    var contents: Contents { newest.withLock { $0 } }

    /// Reads the files again; what can't be used changes nothing. Connections that there are keep what they have. Blocks.
    func renew() throws(SettingError) {
        let contents = try files.load()
        newest.withLock { $0 = contents }
    }
}
