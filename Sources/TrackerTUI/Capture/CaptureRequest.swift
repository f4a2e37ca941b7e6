/// What a capture shall show.
struct CaptureRequest: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        /// All monitors as one picture.
        case everything
        case area(ScreenArea)
        /// By the name that RandR gives it.
        case monitor(String)
    }

    var part = Part.everything
    var showsPointer = false
    var scale = PictureScale.whole

    /// What the X server must have besides a screen.
    var extensions: Set<OptionalExtension> {
        var extensions: Set<OptionalExtension> = []
        if case .monitor = part { extensions.insert(.monitors) }
        if showsPointer { extensions.insert(.pointer) }
        return extensions
    }
}
