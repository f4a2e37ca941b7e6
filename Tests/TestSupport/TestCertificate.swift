import Testing

/// A certificate for `localhost` that nobody trusts who is not told to, and its key, as PEM files.
public struct TestCertificate: Sendable {
    public let certificate: String
    public let key: String

    /// Made anew, by openssl.
    public init(in folder: TemporaryFolder, name: String = "localhost", isRSA: Bool = false) async throws {
        (certificate, key) = ("\(folder.path)/\(name).pem", "\(folder.path)/\(name)-key.pem")
        let kind = isRSA ? ["rsa:2048"] : ["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        let made = try await run(
            ["openssl", "req", "-x509", "-newkey"] + kind + [
                "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                key, "-out", certificate,
            ])
        try #require(made.status == 0, "\(made.errors)")
    }
}
