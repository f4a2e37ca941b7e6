/// Tells how long nobody has touched the machine. As with ``ScreenCapturing``, every failed call may be repeated later.
public protocol IdleTimeTelling: Sendable {
    /// Time since the last key press or pointer movement, in whole milliseconds.
    /// - Throws: `idleTimeUnknown`, `noScreen`, `screenWentAway`.
    func idleTime() async throws(CaptureError) -> Duration
}
