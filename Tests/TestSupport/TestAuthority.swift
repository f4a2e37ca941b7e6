import Testing

/// An authority that nobody trusts who is not told to, and certificates that it has signed, as PEM files, by openssl.
public struct TestAuthority: Sendable {
    public let certificate: String
    private let key: String
    private let folder: TemporaryFolder

    private static let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]

    public init(in folder: TemporaryFolder, name: String = "Test Authority") async throws {
        self.folder = folder
        (certificate, key) = ("\(folder.path)/authority.pem", "\(folder.path)/authority-key.pem")
        let made = try await run(
            ["openssl", "req", "-x509"] + Self.curve + [
                "-days", "2", "-subj", "/CN=\(name)", "-keyout", key, "-out", certificate,
            ])
        try #require(made.status == 0, "\(made.errors)")
    }

    /// - Parameters:
    ///   - names: as openssl has them: `DNS:localhost`, `IP:127.0.0.1`.
    ///   - days: how long it counts; -1: until yesterday.
    /// - Returns: paths of the certificate and its key.
    public func sign(_ file: String, names: String, days: Int = 2) async throws -> (certificate: String, key: String) {
        let path = "\(folder.path)/\(file)"
        try folder.write("subjectAltName=\(names)", to: "\(file).names")
        let asked = try await run(
            ["openssl", "req"] + Self.curve + [
                "-subj", "/CN=Test Server", "-keyout", path + "-key.pem", "-out", path + ".request",
            ])
        try #require(asked.status == 0, "\(asked.errors)")
        let signed = try await run(
            "openssl", "x509", "-req", "-in", path + ".request", "-CA", certificate, "-CAkey", key, "-CAcreateserial",
            "-days", "\(days)", "-extfile", path + ".names", "-out", path + ".pem")
        try #require(signed.status == 0, "\(signed.errors)")
        return (path + ".pem", path + "-key.pem")
    }
}
