/// What a capture shall show.
public struct CaptureRequest: Equatable, Sendable {
    public enum Part: Equatable, Sendable {
        /// All monitors as one picture.
        case everything
        case area(ScreenArea)
        /// By the name that the display gives it.
        case monitor(String)
    }

    public var part: Part
    public var showsPointer: Bool
    public var scale: PictureScale

    public init(part: Part = .everything, showsPointer: Bool = false, scale: PictureScale = .whole) {
        self.part = part
        self.showsPointer = showsPointer
        self.scale = scale
    }
}
