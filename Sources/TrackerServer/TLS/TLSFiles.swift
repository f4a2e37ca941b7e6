import Files
import NIOSSL
import Settings
import Shared

extension ServerConfiguration.TLSFiles {
    /// Reads both files and makes sure that they belong together.
    func load() throws(SettingError) -> ServedCertificate.Contents {
        let chain = try Self.read("TLS_CERT_FILE", certificate, "a PEM file with the server's certificate") {
            let chain = try NIOSSLCertificate.fromPEMBytes($0)
            return chain.isEmpty ? nil : chain
        }
        let key = try Self.read("TLS_KEY_FILE", key, "a PEM file with the certificate's key, without a password") {
            try NIOSSLPrivateKey(bytes: $0, format: .pem)
        }
        try Self.checkPermissions(of: self.key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        configuration.minimumTLSVersion = .tlsv12
        configuration.cipherSuiteValues = Self.ciphers
        let context = try Self.read("TLS_KEY_FILE", self.key, "the key of the certificate in TLS_CERT_FILE") { _ in
            try NIOSSLContext(configuration: configuration)
        }
        return ServedCertificate.Contents(context: context, validity: try validity(of: chain))
    }

    /// That of the server's own certificate, the first one.
    private func validity(of chain: [NIOSSLCertificate]) throws(SettingError) -> CertificateValidity? {
        do {
            return try chain.first.flatMap { CertificateValidity(der: try $0.toDERBytes()) }
        } catch {
            throw SettingError(
                name: "TLS_CERT_FILE", value: certificate, allowed: "certificates that can be read (\(error))")
        }
    }

    /// Bytes of a certificate's or a key's file at most.
    static let fileLimit = 1_000_000

    private static func checkPermissions(of key: String) throws(SettingError) {
        let allowed = "a file that its owner and group alone can read"
        do throws(FileError) {
            guard let permissions = try Folder.permissions(of: key), Exposure(of: .file, permissions) == .everybody
            else {
                return
            }
        } catch {
            throw SettingError(name: "TLS_KEY_FILE", value: key, allowed: "\(allowed) (\(error))")
        }
        throw SettingError(name: "TLS_KEY_FILE", value: key, allowed: "\(allowed); run: chmod o= \(key)")
    }

    /// For TLS 1.2: keys that are made anew for each connection, and encryption that authenticates (RFC 9325, section 4.2). All of
    /// TLS 1.3 are so.
    private static let ciphers: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    private static func read<Value>(
        _ name: String, _ path: String, _ expected: String, _ body: ([UInt8]) throws -> Value?
    ) throws(SettingError) -> Value {
        do {
            if let bytes = try OpenFile.contents(of: path, limit: fileLimit), let value = try body(bytes) {
                return value
            }
        } catch {
            throw SettingError(name: name, value: path, allowed: expected + " (\(error))")
        }
        throw SettingError(name: name, value: path, allowed: expected)
    }
}
