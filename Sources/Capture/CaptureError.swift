import Files
import PNG
public import Pictures

/// Why the screen could not be seen, or why nobody knows how long it was not touched. `description` is a sentence for the
/// employee; where it depends on the way to the screen, it is that way's own.
public enum CaptureError: Error, Equatable, Sendable {
    /// None is named, or what is named does not answer.
    case noScreen(String)
    case screenWentAway(String)
    /// One of Wayland, see ``DisplayKind``.
    case unsupportedSession
    /// What its pixels are, as in "The screen has …".
    case unsupportedPixels(String)
    /// The screen is there, but cannot be read.
    case unreadable(String)
    /// Something that was asked for cannot be had of this screen.
    case missingAbility(String)
    case noSuchMonitor(name: String, others: [String])
    case outsideScreen(ScreenArea, PictureSize)
    case screenKeepsChanging
    case encodingFailed(reason: String)
    case idleTimeUnknown(String)
}

extension CaptureError {
    /// What the encoder has against a picture, as an error of the capture.
    static func encoding<Result: ~Copyable>(
        _ body: () throws(PNGError) -> Result
    ) throws(CaptureError) -> Result {
        do throws(PNGError) {
            return try body()
        } catch {
            throw .encodingFailed(reason: error.description)
        }
    }
}

extension CaptureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noScreen(let sentence), .screenWentAway(let sentence), .unreadable(let sentence),
            .missingAbility(let sentence), .idleTimeUnknown(let sentence):
            sentence
        case .unsupportedSession:
            "Wayland sessions cannot be captured yet."
        case .unsupportedPixels(let pixels):
            "The screen has \(pixels); such screens cannot be captured."
        case .noSuchMonitor(let name, let others):
            others.isEmpty
                ? "There is no monitor \(name.printable), nor any other."
                : "There is no monitor \(name.printable), but \(others.joined(separator: ", ").printable)."
        case .outsideScreen(let area, let size):
            "The region \(area.geometry) is not inside the screen, which has \(size.width) x \(size.height) pixels."
        case .screenKeepsChanging:
            "The screen was resized each time that it was captured."
        case .encodingFailed(let reason):
            "The screen could not be written as PNG: \(reason)."
        }
    }
}
