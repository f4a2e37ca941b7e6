/// Tells rows of interfaces, which are best left as they are, from rows of photographs, which are best filtered.
///
/// Pixels that are equal to the one to the left or above cost next to nothing either way. Of the others those speak for an
/// interface that differ much from both and have a colour that was there before, as the edges of letters do: their
/// repeats are lost by filtering. New colours, and soft steps, speak for a photograph.
final class RowKinds {
    private static let hashBits: UInt32 = 12
    /// One pixel of so many is looked at, in each row others.
    private static let between = 4
    /// These pixels are looked at in so many turns.
    private static let parts = 4
    /// So many of one kind for one of the other are beyond doubt.
    private static let clear = 8
    /// The sum of three channels' differences.
    private static let much: UInt32 = 24
    /// A pixel for an interface counts for so many for a photograph.
    private static let weight = 2
    /// A row of which only this part is new is left as it is.
    private static let negligible = 64

    private let colours: UnsafeMutablePointer<UInt32>
    private var first = 0

    init() {
        colours = .allocate(capacity: 1 << Int(Self.hashBits))
        // No pixel, as a pixel's top byte is 0.
        colours.initialize(repeating: UInt32.max, count: 1 << Int(Self.hashBits))
    }

    deinit { colours.deallocate() }

    /// - Parameters:
    ///   - row: pixels with a top byte of 0; the word before them is read, too.
    ///   - above: as many pixels.
    func isInterface(_ row: UnsafePointer<UInt32>, above: UnsafePointer<UInt32>, width: Int) -> Bool {
        // Unsafe: words from the one before the row to its last; a hash is below the number of places.
        var (known, new) = (0, 0)
        first = (first &+ 1) % Self.between
        for part in 0..<Self.parts {
            var x = first &+ part &* Self.between
            while x < width {
                let (pixel, left, up) = (row[x], row[x &- 1], above[x])
                if pixel != left, pixel != up {
                    let hash = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.hashBits))
                    if colours[hash] == pixel, Self.distance(pixel, left) >= Self.much,
                        Self.distance(pixel, up) >= Self.much
                    {
                        known &+= 1
                    } else {
                        new &+= 1
                    }
                    colours[hash] = pixel
                }
                x &+= Self.between &* Self.parts
            }
            // Most rows are beyond doubt after the first turn.
            if new > Self.clear &* (known &+ Self.clear) { return false }
            if Self.clear &* new <= known { return true }
        }
        return new <= Self.weight &* known &+ width / (Self.negligible * Self.between)
    }

    @inline(__always)
    private static func distance(_ one: UInt32, _ other: UInt32) -> UInt32 {
        let red = Int32(bitPattern: one &>> 16) &- Int32(bitPattern: other &>> 16)
        let green = Int32(bitPattern: (one &>> 8) & 255) &- Int32(bitPattern: (other &>> 8) & 255)
        let blue = Int32(bitPattern: one & 255) &- Int32(bitPattern: other & 255)
        return red.magnitude &+ green.magnitude &+ blue.magnitude
    }
}
