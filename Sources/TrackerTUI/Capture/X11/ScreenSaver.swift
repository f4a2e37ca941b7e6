import CX11

/// The MIT-SCREEN-SAVER extension, which knows when the last input arrived from any device.
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
        let answered = XScreenSaverQueryInfo(connection.display, connection.root, info)
        try connection.checkServer()
        guard answered != 0 else { throw .noScreenSaverExtension }
        return .milliseconds(info.pointee.idle)
    }
}
