import NIOSSL
import Settings

extension ServerConfiguration.TLSFiles {
    /// Reads both files and makes sure that they belong together.
    func load() throws(SettingError) -> TLSConfiguration {
        let chain = try Self.read("TLS_CERT_FILE", certificate, "a PEM file with the server's certificate") {
            let chain = try NIOSSLCertificate.fromPEMFile($0)
            return chain.isEmpty ? nil : chain
        }
        let key = try Self.read("TLS_KEY_FILE", key, "a PEM file with the certificate's key, without a password") {
            try NIOSSLPrivateKey(file: $0, format: .pem)
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.applicationProtocols = ["http/1.1"]
        _ = try Self.read("TLS_KEY_FILE", self.key, "the key of the certificate in TLS_CERT_FILE") { _ in
            try NIOSSLContext(configuration: configuration)
        }
        return configuration
    }

    private static func read<Value>(
        _ name: String, _ path: String, _ expected: String, _ body: (String) throws -> Value?
    ) throws(SettingError) -> Value {
        do {
            if let value = try body(path) { return value }
        } catch {
            throw SettingError(name: name, value: path, allowed: expected + " (\(error))")
        }
        throw SettingError(name: name, value: path, allowed: expected)
    }
}
