import Glibc
import Logging
import NIOCore

/// Stands at the listening socket. When there is no descriptor left, in the process or in the system, it accepts nothing for a
/// moment: by itself NIO would try again at once, and for ever.
final class AcceptPause: ChannelInboundHandler {
    typealias InboundIn = any Channel

    static let pause = TimeAmount.milliseconds(20)
    private static let shortages = [EMFILE, ENFILE, ENOBUFS, ENOMEM]

    private let logger: Logger
    private var warnings = RareWarning()

    private init(_ logger: Logger) {
        self.logger = logger
    }

    static func add(to channel: any Channel, logger: Logger) async {
        do {
            try await channel.eventLoop.submit {
                try channel.pipeline.syncOperations.addHandler(AcceptPause(logger), position: .first)
            }.get()
        } catch {
            // The server was stopped before it ran.
            logger.debug("The listening socket is closed", metadata: ["error": "\(error)"])
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Self.shortages.contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        if warnings.isDue(at: .now()) {
            logger.warning(
                "No connection can be accepted: the system has no more descriptors or memory. It is tried again.",
                metadata: ["reason": "\(error)"])
        }
        setReading(false, context.channel)
        let channel = context.channel
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { self.setReading(true, channel) }
    }

    private func setReading(_ isReading: Bool, _ channel: any Channel) {
        do {
            try channel.syncOptions?.setOption(.autoRead, value: isReading)
        } catch {
            // The server has stopped listening.
            logger.debug("The listening socket is closed", metadata: ["error": "\(error)"])
        }
    }
}

/// A warning that is given when something begins, and not again while it goes on. Pure.
struct RareWarning: Sendable {
    /// What comes again within this time has not ended.
    static let quiet = TimeAmount.seconds(60)
    private var last: NIODeadline?

    /// - Parameter now: when it happened.
    mutating func isDue(at now: NIODeadline) -> Bool {
        defer { last = now }
        return last.map { now - $0 > Self.quiet } ?? true
    }
}
