import Hummingbird
import Logging
import NIOCore

/// What the server hands every request: its connection, its log, and where it comes from.
struct TrackerRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel
    let logger: Logger
    /// The sender's IP address without the port, as the connection or a trusted proxy says, see ``TrustedProxies``.
    var address: String
    /// Its sender, or the browser before a trusted proxy, speaks TLS.
    var isSecure = false

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
        address = Self.address(of: source.channel.remoteAddress)
    }

    private static func address(of sender: SocketAddress?) -> String {
        guard let sender, let text = sender.ipAddress else { return "unknown" }
        // One of version 6 may hold one of version 4.
        guard case .v6 = sender else { return text }
        return IPAddress(text)?.description ?? text
    }
}
