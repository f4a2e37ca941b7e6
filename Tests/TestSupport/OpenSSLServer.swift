import Testing

/// `openssl s_server` on a port of its own: it answers every request with a web page, over TLS as it was told.
public struct OpenSSLServer: Sendable {
    public let port: Int
    private let process: ChildProcess

    /// - Parameter options: further ones of s_server.
    public init(certificate: String, key: String, _ options: [String] = []) async throws {
        process = try ChildProcess(
            ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www"] + options)
        let text = String(
            decoding: await bytes(from: process.output) {
                $0.contains(UInt8(ascii: ":")) && $0.last == UInt8(ascii: "\n")
            },
            as: UTF8.self)
        port = try #require(text.firstMatch(of: /ACCEPT 127\.0\.0\.1:(\d+)/).flatMap { Int($0.1) }, "\(text)")
    }
}
