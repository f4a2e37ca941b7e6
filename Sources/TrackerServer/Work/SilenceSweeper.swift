import Logging
import ServiceLifecycle
import Shared

extension ServerEnvironment {
    /// Ends the sessions that have been silent for the time-out.
    func sweep() async throws {
        let (rules, now) = (rules, now())
        try await store.transact { transaction in
            rules.sweep(transaction.state.openSessions, at: now).forEach { transaction.record($0) }
        }
    }
}

/// Sweeps for silent sessions while the server runs.
struct SilenceSweeper: Service, CustomStringConvertible {
    let environment: ServerEnvironment
    let logger: Logger

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "SilenceSweeper" }

    static let interval = Duration.seconds(10)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await Task.sleep(for: Self.interval)
                    try await environment.sweep()
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("Silent sessions could not be ended", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
