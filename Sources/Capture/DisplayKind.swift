/// What shows the screen, which decides whether it can be captured and whether its idle time is true.
///
/// What an X server says comes first: in a Wayland session one may well work on another X server's screen, over ssh or in
/// Xvfb, and in an X11 session a variable may be left over. Where no X server answers, the environment alone tells.
public enum DisplayKind: Equatable, Sendable {
    /// An X server with a screen and input of its own.
    case x11
    /// An X server whose windows are a Wayland compositor's: its root window shows nothing, and it hears of input only when
    /// that is for one of its windows.
    case xwayland
    /// A Wayland session in which no X server answers.
    case wayland

    /// What an X server is that has answered.
    ///
    /// - Parameters:
    ///   - hasXWayland: whether it has the extension XWAYLAND, as those of Xwayland 23.1 and later.
    ///   - monitors: the names of its monitors, with spaces between them. Before, they were called XWAYLAND0 and so on; now as
    ///     Wayland calls them.
    init(hasXWayland: Bool, monitors: String) {
        let isNamed = monitors.split(separator: " ").contains { $0.hasPrefix("XWAYLAND") }
        self = hasXWayland || isNamed ? .xwayland : .x11
    }

    /// Whether a session in which no X server answers is one of Wayland, by what its compositor and its login have set.
    ///
    /// - Parameter variable: the value of an environment variable.
    public static func isWayland(_ variable: (String) -> String?) -> Bool {
        if let socket = variable("WAYLAND_DISPLAY"), !socket.isEmpty { return true }
        return variable("XDG_SESSION_TYPE") == "wayland"
    }
}
