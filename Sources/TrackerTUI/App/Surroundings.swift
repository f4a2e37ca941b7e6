import Capture
import FoundationEssentials
import Shared

/// Everything outside the program that effects may touch: tests give their own.
struct Surroundings: Sendable {
    var clock: any MomentClock
    /// The server at an address, and who wants to hear of its clock.
    var api: @Sendable (BackendURL, @escaping HeardTime) -> any TrackerAPI
    var makeLive: MakeLiveConnection
    var screen: any ScreenCapturing
    var input: any IdleTimeTelling
    var spool: Spool
    var state: ClientState
    /// What this machine's client is known by.
    var clientID: UUID?
    /// Used when an interval is assigned without a value, in seconds.
    var defaultInterval: Int
    /// Tells the log, and in headless mode the reader of standard output.
    var record: @Sendable (LogEntry) -> Void
    /// Gives the screen back to the shell for a while.
    var suspend: @Sendable () -> Void
}
