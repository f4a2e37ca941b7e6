import Logging
import ServiceLifecycle
import Shared

extension ServerEnvironment {
    /// Ends the sessions that have been silent for the time-out.
    /// - Parameter leap: see ``WorkRules/sweep(_:at:after:isTaken:)``.
    func sweep(after leap: Int64 = 0) async throws {
        let (rules, now) = (rules, now())
        let ahead = try await store.transact { transaction in
            let open = transaction.state.openSessions
            let changes = rules.sweep(open, at: now, after: leap) {
                transaction.state.sessions.hasSession(of: $0, startedAt: $1)
            }
            changes.forEach { transaction.record($0) }
            return open.count { rules.isAhead($0, of: now) }
        }
        if ahead > 0 {
            logger.warning(
                "The clock was ahead and has been set back: sessions that reach into the future end there, others begin now",
                metadata: ["sessions": "\(ahead)"])
        }
    }
}

/// Sweeps for silent sessions while the server runs, and watches the clock.
struct SilenceSweeper: Service, CustomStringConvertible {
    let environment: ServerEnvironment
    let logger: Logger

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "SilenceSweeper" }

    static let interval = Duration.seconds(10)

    func run() async throws {
        var leaps = environment.clock.observe().watch.leaps
        while await pause(Self.interval) {
            let leap = environment.clock.observe().watch.leaps - leaps
            if leap != 0 { logger.warning("The clock was set", metadata: ["by": "\(leap / 1000) s"]) }
            do {
                try await environment.sweep(after: leap)
                leaps += leap
            } catch {
                logger.error("Silent sessions could not be ended", metadata: ["error": "\(error)"])
            }
        }
    }
}
