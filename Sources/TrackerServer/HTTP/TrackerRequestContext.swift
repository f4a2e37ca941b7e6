import Hummingbird
import Logging
import NIOCore

/// What the server hands every request: its connection, its log, and where it comes from.
struct TrackerRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel
    let logger: Logger
    /// What a trusted proxy says, see ``TrustedProxies``.
    var toldAddress: IPAddress?
    /// Its sender, or the browser before a trusted proxy, speaks TLS.
    var isSecure = false

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }

    /// The sender's IP address, without the port.
    var address: String {
        if let toldAddress { return toldAddress.description }
        guard let text = channel.remoteAddress?.ipAddress else { return "unknown" }
        return IPAddress(text)?.description ?? text
    }
}
