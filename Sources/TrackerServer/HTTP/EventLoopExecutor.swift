import HummingbirdCore
import Logging
import NIOCore
import SocketIOServer

/// Runs tasks on the thread of a connection, so that neither a request nor its answer changes threads on the way.
/// Nothing that blocks may run there.
final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Connections whose requests are handled on their own threads, as far as there are places for them.
struct OnItsEventLoop<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    let places: PlaceKeeper
    /// Each stands for many, and its connections count in all alone.
    let proxies: TrustedProxies

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async {
        let network = network(of: value.channel.remoteAddress?.ipAddress ?? "")
        let hasPlace = places.enter(network)
        defer { if hasPlace { places.leave(network) } }
        // What has begun is to be ended all the same.
        if !hasPlace { value.channel.close(promise: nil) }
        await withTaskExecutorPreference(EventLoopExecutor(value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }

    private func network(of address: String) -> String? {
        IPAddress(address).map(proxies.contains) == true ? nil : SenderNetwork.name(of: address)
    }
}
