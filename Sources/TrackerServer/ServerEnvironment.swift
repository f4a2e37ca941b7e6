import Files
import Logging
import Shared

/// What handlers may touch: the store, the images, accounts, rules and the clock.
struct ServerEnvironment: Sendable {
    let store: JSONFileStore
    /// Whether writes are taken.
    let readiness: Readiness
    let images: any ImageStore
    let accounts: Accounts
    /// Which devices have signed in before.
    let devices: DeviceCookie
    let tokens: TokenWatch
    let queueKeys: QueueKeys
    let live: LiveView
    let events: EventFeed
    /// Finds lines of the audit.
    let audit: AuditReader
    /// Tells the audit who looked.
    let looks: Looks
    let rules: WorkRules
    /// Makes reports, one after the other: a year takes too long for an event loop.
    let reports: BlockingExecutor
    let connections: PlaceKeeper
    /// Requests under way.
    let requests: PlaceKeeper
    let uploads: UploadQuotas
    let maxUploadBytes: Int
    let maxImagePixels: Int
    let deadlines: Deadlines
    let now: @Sendable () -> Timestamp
    /// Whether the clock goes right.
    let clock: WatchedClock
    let logger: Logger
    /// What is counted.
    let metrics: ServerMetrics
    /// When the server was started, by the clock on the wall.
    let startedAt: Timestamp
    /// Seconds since the server was started, on a clock that nobody sets.
    let uptime: @Sendable () -> Double
    /// The folder of the program itself, where the client lies beside it.
    let programFolder: String
    let web: WebAdmin

    func report() -> WorkReport { WorkReport(rules: rules, now: now()) }
}
