import Hummingbird
import Logging
import NIOCore

/// What the server hands every request: its connection and its log.
struct TrackerRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }

    /// The sender's IP address, without the port.
    var address: String { channel.remoteAddress?.ipAddress ?? "unknown" }
}
