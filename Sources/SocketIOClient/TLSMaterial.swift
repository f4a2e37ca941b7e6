import NIOPosix
import NIOSSL

/// What verifies servers: made once for a client.
struct TLSMaterial: Sendable {
    let configuration: TLSConfiguration
    let context: NIOSSLContext

    /// Reads the system's roots from files, and so on a thread that may wait.
    init(_ trust: SocketClientConfiguration.Trust) async throws {
        self = try await NIOThreadPool.singleton.runIfActive {
            var configuration = TLSConfiguration.makeClientConfiguration()
            // What is older is not safe any more (RFC 8996).
            configuration.minimumTLSVersion = .tlsv12
            if case .certificates(let pem) = trust {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(pem))
            }
            return TLSMaterial(configuration: configuration, context: try NIOSSLContext(configuration: configuration))
        }
    }

    private init(configuration: TLSConfiguration, context: NIOSSLContext) {
        self.configuration = configuration
        self.context = context
    }
}
