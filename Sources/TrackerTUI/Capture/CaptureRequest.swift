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

    /// What the X server must have besides a screen. No set: the first of a kind costs a process a tenth of a capture.
    var extensions: [OptionalExtension] {
        var extensions: [OptionalExtension] = []
        if case .monitor = part { extensions.append(.monitors) }
        if showsPointer { extensions.append(.pointer) }
        return extensions
    }
}
