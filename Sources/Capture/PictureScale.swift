import Pictures

/// How much smaller than the screen a picture is: more than 0, at most 1.
public struct PictureScale: Equatable, Sendable {
    public let factor: Double

    public static let whole = PictureScale(factor: 1)

    private init(factor: Double) {
        self.factor = factor
    }

    /// Nil for what is no number from 0 to 1, or 0.
    public init?(_ text: String) {
        guard let factor = Double(text), factor > 0, factor <= 1 else { return nil }
        self.init(factor: factor)
    }

    /// To the nearest pixel, and never without any.
    func applied(to size: PictureSize) -> PictureSize {
        func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * factor).rounded())) }
        return PictureSize(width: scaled(size.width), height: scaled(size.height))
    }
}
