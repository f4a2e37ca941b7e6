import Shared

/// Everything outside the program that effects may touch: tests give their own.
struct Surroundings: Sendable {
    var clock: any MomentClock
    /// The server at an address.
    var api: @Sendable (BackendURL) -> any TrackerAPI
    var makeLive: MakeLiveConnection
    var screen: any ScreenCapturing
    var spool: Spool
    var idleNote: IdleNote
    /// Used when an interval is assigned without a value, in seconds.
    var defaultInterval: Int
    /// Tells the log, and in headless mode the reader of standard output.
    var record: @Sendable (LogEntry) -> Void
    /// Gives the screen back to the shell for a while.
    var suspend: @Sendable () -> Void
}
