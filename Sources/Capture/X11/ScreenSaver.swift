import CX11

/// The MIT-SCREEN-SAVER extension, which knows when the last input arrived from any device,
/// and whether a screen saver is on.
final class ScreenSaver {
    private let connection: X11Connection
    private let info: UnsafeMutablePointer<XScreenSaverInfo>

    init(_ connection: X11Connection) throws(CaptureError) {
        guard connection.offersScreenSaver, let info = XScreenSaverAllocInfo() else { throw .noScreenSaverExtension }
        self.connection = connection
        self.info = info
    }

    deinit {
        XFree(info)
    }

    /// Time since the last input, in whole milliseconds.
    func idleTime() throws(CaptureError) -> Duration {
        try ask()
        return .milliseconds(info.pointee.idle)
    }

    /// Whether a screen saver covers the screen, the server's own or that of a program which locks it.
    func isOn() throws(CaptureError) -> Bool {
        try ask()
        return info.pointee.state == ScreenSaverOn
    }

    private func ask() throws(CaptureError) {
        let answered = XScreenSaverQueryInfo(connection.display, connection.root, info)
        try connection.checkServer()
        guard answered != 0 else { throw .noScreenSaverExtension }
    }
}
