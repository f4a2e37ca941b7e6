/// Why a picture cannot be encoded.
public struct PNGError: Error, Equatable, CustomStringConvertible {
    /// A sentence that says what was expected, and what came.
    public let description: String

    init(_ description: String) { self.description = description }
}
