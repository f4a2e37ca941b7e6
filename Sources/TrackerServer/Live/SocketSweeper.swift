import Logging
import ServiceLifecycle

/// Closes sockets whose tokens have expired, while the server runs; ends everything live when it stops.
struct SocketSweeper: Service, CustomStringConvertible {
    let live: LiveView

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "SocketSweeper" }

    static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
                live.closeInvalid()
            }
        }
        live.endAll()
    }
}
