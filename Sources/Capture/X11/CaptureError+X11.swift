/// What goes wrong with an X server, in words that name it.
extension CaptureError {
    static let noDisplay = CaptureError.noScreen("There is no screen to capture: DISPLAY is not set.")

    static func cannotOpenDisplay(name: String) -> CaptureError {
        .noScreen("The display \(name) cannot be opened: no X server answers there, or it refuses this user.")
    }

    static func serverWentAway(name: String) -> CaptureError {
        .screenWentAway("The X server of display \(name) went away.")
    }

    static func grabFailed(reason: String) -> CaptureError {
        .unreadable("The X server did not hand over the screen: \(reason).")
    }

    static let noScreenSaverExtension = CaptureError.idleTimeUnknown(
        "Idle time is unknown: the X server has no screen saver extension (MIT-SCREEN-SAVER).")

    static let idleOfWayland = CaptureError.idleTimeUnknown("Idle time is unknown in a Wayland session.")
}
