import CX11

/// Counts how often the screen was found changed, so that a picture is known to be still true without reading the screen again.
final class ScreenHistory {
    private let connection: X11Connection
    /// Nil when the X server does not tell what is drawn.
    private let damage: XID?
    private var isDamaged = true
    private var version = 0

    init(_ connection: X11Connection) {
        self.connection = connection
        damage =
            connection.state(of: .damage) == .ready ? cx11_watch_damage(connection.display, connection.root) : nil
    }

    /// To be called after a round trip and before the screen is read.
    ///
    /// - Returns: the same number as long as nothing changes; nil when that cannot be known. What is drawn from now on,
    ///   also while the screen is read, gives the next call another number.
    func version(of window: RootWindow) -> Int? {
        note(connection.takeEvents())
        // Another colour map changes what is seen, but draws nothing.
        guard let damage, window.hasMasks else { return nil }
        if isDamaged {
            isDamaged = false
            version += 1
            // The server does this before it reads the screen for later requests.
            cx11_forget_damage(connection.display, damage)
        }
        return version
    }

    /// To be called after a round trip that follows the last reading of the screen: true when the screen was resized
    /// since ``version(of:)``.
    func wasResized() -> Bool {
        let events = connection.takeEvents()
        note(events)
        return events.contains(.resized)
    }

    private func note(_ events: ScreenEvents) {
        if !events.isEmpty { isDamaged = true }
    }
}
