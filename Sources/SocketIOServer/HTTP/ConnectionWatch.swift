public import NIOCore
public import NIOHTTPTypes

/// Tells an answer that waits when its client goes away, or the server stops.
public final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler {
    public typealias InboundIn = HTTPRequestPart

    public enum Event: Sendable {
        case closed
        case stopping
    }

    private var notify: (@Sendable (Event) -> Void)?
    private var isStopping = false

    /// Watches a connection that an ``UpgradableHTTPChannel`` has made.
    /// - Parameter notify: called on the connection's event loop; nil when nothing waits any more.
    public static func watch(_ channel: any Channel, _ notify: (@Sendable (Event) -> Void)?) {
        channel.eventLoop.execute {
            guard channel.isActive else {
                notify?(.closed)
                return
            }
            do {
                // With half of it closed, a client that went away would seem to be listening.
                try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: notify == nil)
                let watch = try channel.pipeline.syncOperations.handler(type: ConnectionWatch.self)
                watch.notify = notify
                if watch.isStopping { notify?(.stopping) }
            } catch {
                notify?(.closed)
            }
        }
    }

    public func channelInactive(context: ChannelHandlerContext) {
        notify?(.closed)
        notify = nil
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            isStopping = true
            notify?(.stopping)
        }
        context.fireUserInboundEventTriggered(event)
    }
}
