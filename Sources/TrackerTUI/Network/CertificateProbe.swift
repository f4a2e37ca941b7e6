import NIOCore
import NIOPosix
import NIOSSL
import SocketIOClient

/// Asks a server which certificates it shows, after they were not accepted: the library says only that.
struct CertificateProbe: Sendable {
    let server: BackendURL
    let proxy: SocketProxy?

    private static let limit = TimeAmount.seconds(5)

    /// Connects, takes what is shown and leaves, without having said anything to the server.
    ///
    /// - Returns: the server's own first; empty when it shows none in time.
    func chain() async -> [ShownCertificate] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let shown = loop.makePromise(of: [NIOSSLCertificate].self)
        let limit = loop.scheduleTask(in: Self.limit) { shown.succeed([]) }
        let connected = connect(on: loop).flatMap { channel -> EventLoopFuture<Void> in
            channel.closeFuture.whenComplete { _ in shown.succeed([]) }
            shown.futureResult.whenComplete { _ in channel.close(promise: nil) }
            return tunnel(in: channel).flatMapThrowing {
                try channel.pipeline.syncOperations.addHandler(handler { shown.succeed($0) })
            }
        }
        connected.whenFailure { _ in shown.succeed([]) }
        do {
            let chain = try await shown.futureResult.get()
            limit.cancel()
            return chain.map { ShownCertificate($0) }
        } catch {
            return []
        }
    }

    private var host: String {
        server.host.hasPrefix("[") ? String(server.host.dropFirst().dropLast()) : server.host
    }

    private func connect(on loop: any EventLoop) -> EventLoopFuture<any Channel> {
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(Self.limit)
        return bootstrap.connect(host: proxy?.host ?? host, port: proxy?.port ?? server.port)
    }

    private func tunnel(in channel: any Channel) -> EventLoopFuture<Void> {
        proxy?.openTunnel(to: host, port: server.port, in: channel, within: Self.limit)
            ?? channel.eventLoop.makeSucceededVoidFuture()
    }

    private func handler(_ show: @escaping @Sendable ([NIOSSLCertificate]) -> Void) throws -> NIOSSLClientHandler {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        // The system's need not be read: nothing is trusted here.
        configuration.trustRoots = .certificates([])
        let name = NumericAddress(host) == nil ? host : nil
        return try NIOSSLClientHandler(
            context: try NIOSSLContext(configuration: configuration), serverHostname: name,
            customVerificationCallback: { certificates, verdict in
                show(certificates)
                verdict.succeed(.failed)
            })
    }
}
