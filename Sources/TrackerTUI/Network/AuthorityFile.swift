import Files
import NIOSSL

/// The certificates that a server's may be signed by, in place of those that the system trusts.
struct AuthorityFile: Sendable, Hashable {
    static let allowed = "a readable file with certificates in PEM"
    /// Bytes.
    static let limit = 1_000_000

    let path: String
    let pem: [UInt8]
    let certificates: [NIOSSLCertificate]

    /// Reads the file. Nil when it can't be read, or holds no certificate.
    init?(_ path: String) {
        do {
            guard let pem = try OpenFile.contents(of: path, limit: Self.limit) else { return nil }
            let certificates = try NIOSSLCertificate.fromPEMBytes(pem)
            guard !certificates.isEmpty else { return nil }
            self.path = path
            self.pem = pem
            self.certificates = certificates
        } catch {
            return nil
        }
    }
}
