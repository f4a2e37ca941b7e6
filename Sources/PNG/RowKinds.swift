/// Tells rows of interfaces, which are best left as they are, from rows of photographs, which are best filtered.
///
/// Pixels that are equal to the one to the left or above cost next to nothing either way. Of the others those speak for an
/// interface that differ much from both and have a colour that was there before, as the edges of letters do: their
/// repeats are lost by filtering. New colours, and soft steps, speak for a photograph.
final class RowKinds {
    // Most of these numbers are a balance: what makes pages smaller makes desktops, with their wallpapers, larger.

    /// At 9: a manual has 1.9 % more bytes, desktops 0.4 % fewer; at 14: pages 0.4 % fewer, desktops 0.9 % more.
    private static let hashBits: UInt32 = 12
    /// One pixel of so many is looked at, in each row others. At 2: pages have 1.4 % fewer bytes, desktops up to 1.1 % more; each
    /// pixel: a page takes 7 % more instructions; at 8: pages have up to 1.7 % more bytes.
    private static let between = 4
    /// These pixels are looked at in so many turns, since most rows are beyond doubt after the first: in one turn a page takes 3 %
    /// more instructions.
    private static let parts = 4
    /// So many of one kind for one of the other are beyond doubt. At 2: terminals and manuals have 1.3 and 1.9 % more bytes; if
    /// nothing were: 1 to 2 % more instructions.
    private static let clear = 8
    /// The sum of three channels' differences. At 0: desktops have up to 39 % more bytes, soft photographs 21 %; at 12: pages
    /// have 1 % fewer, desktops 0.6 % more; at 96: manuals have 9 % more.
    private static let much: UInt32 = 24
    /// A pixel for an interface counts for so many for a photograph. At 1: a manual has 2.1 % more bytes; at 4: desktops have 2.4
    /// and 4.3 % more, a page 1.8 % fewer.
    private static let weight = 2
    /// A row of which only this part is new is left as it is. At 16: pages have 2 % fewer bytes, desktops 1 % more; at 256: pages
    /// have 0.8 to 1.8 % more.
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
