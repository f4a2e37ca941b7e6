/// One picture of the screen.
public struct CapturedImage: Equatable, Sendable {
    /// A complete PNG file: 8-bit RGB or, with up to 256 colours, a palette; no alpha.
    public var png: [UInt8]
    /// Pixels.
    public var width: Int
    public var height: Int
    /// Nil when there is something to see.
    public var concealment: Concealment?

    public init(png: [UInt8], width: Int, height: Int, concealment: Concealment? = nil) {
        self.png = png
        self.width = width
        self.height = height
        self.concealment = concealment
    }
}

/// Why a picture may show nothing of what somebody works at.
public enum Concealment: Hashable, Sendable {
    /// As most programs that lock the screen turn it on.
    case screenSaver
    /// 0xRRGGBB.
    case oneColour(UInt32)
}

extension Concealment: CustomStringConvertible {
    public var description: String {
        switch self {
        case .screenSaver: "screen saver on"
        case .oneColour(0): "all black"
        case .oneColour: "one colour"
        }
    }
}
