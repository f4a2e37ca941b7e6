package import AsyncHTTPClient
package import NIOCore
import NIOExtras
import NIOHTTP1

/// A proxy that makes a tunnel to a server, by the method CONNECT (RFC 9110, section 9.3.6).
public struct SocketProxy: Sendable, Hashable {
    /// A name or an address, without brackets.
    public let host: String
    public let port: Int
    /// User name, colon and password in base64, as Basic authentication has them (RFC 7617); nil for none.
    public let credentials: String?

    public init(host: String, port: Int, credentials: String? = nil) {
        self.host = host
        self.port = port
        self.credentials = credentials
    }

    /// For requests of HTTP.
    package var configuration: HTTPClient.Configuration.Proxy {
        .server(host: host, port: port, authorization: credentials.map { .basic(credentials: $0) })
    }

    /// Makes the tunnel in a connection to the proxy. To be called on the channel's event loop.
    ///
    /// - Parameters:
    ///   - host: a name, or an address without brackets.
    ///   - limit: how long the proxy may take.
    /// - Returns: succeeds when what is written from now on goes to the server; fails, and the connection closes, when the
    ///   proxy refuses.
    package func openTunnel(
        to host: String, port: Int, in channel: any Channel, within limit: TimeAmount
    ) -> EventLoopFuture<Void> {
        let authority = "\(host.contains(":") ? "[\(host)]" : host):\(port)"
        var headers = HTTPHeaders([("Host", authority)])
        if let credentials { headers.add(name: "Proxy-Authorization", value: "Basic \(credentials)") }
        let tunnel = channel.eventLoop.makePromise(of: Void.self)
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let connect = NIOHTTP1ProxyConnectHandler(
            targetHost: host.contains(":") ? "[\(host)]" : host, targetPort: port, headers: headers,
            deadline: .now() + limit, promise: tunnel)
        let pipeline = channel.pipeline.syncOperations
        do {
            try pipeline.addHandler(encoder)
            try pipeline.addHandler(decoder)
            try pipeline.addHandler(connect)
        } catch {
            tunnel.fail(error)
        }
        return tunnel.futureResult.assumeIsolated().flatMap {
            channel.pipeline.syncOperations.removeHandler(decoder).assumeIsolated().flatMap {
                channel.pipeline.syncOperations.removeHandler(encoder)
            }.nonisolated()
        }.nonisolated()
    }
}
