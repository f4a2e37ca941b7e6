import Logging
import ServiceLifecycle

/// Ends what goes on with tokens that have expired, while the server runs; ends everything live when it stops.
struct TokenSweeper: Service, CustomStringConvertible {
    let tokens: TokenWatch
    let live: LiveView

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "TokenSweeper" }

    static let interval = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                } catch {
                    return
                }
                tokens.endInvalid()
            }
        }
        live.endAll()
    }
}
