import Pictures

/// What the pointer looks like and where it is.
struct PointerImage: Equatable, Sendable {
    /// Where on the screen its image lies: partly beyond the screen's edges, too.
    let area: ScreenArea
    /// 0xAARRGGBB, each colour multiplied by its alpha; rows from top to bottom.
    let pixels: [UInt32]

    /// Draws what of the pointer lies in a part of the screen.
    ///
    /// - Parameter words: the part's pixels from top to bottom, one word each, 0xXXRRGGBB.
    func draw(onto words: inout [UInt32], of part: ScreenArea) {
        let columns = area.columns.clamped(to: part.columns)
        for y in area.rows.clamped(to: part.rows) {
            for x in columns {
                let pixel = pixels[(y - area.y) * area.width + x - area.x]
                let place = (y - part.y) * part.width + x - part.x
                words[place] = Self.blend(pixel, over: words[place])
            }
        }
    }

    /// Each colour of the sum: its own, and what its alpha leaves of the one below, to nearest.
    static func blend(_ pixel: UInt32, over below: UInt32) -> UInt32 {
        let rest = 255 - pixel >> 24
        var result: UInt32 = 0
        for shift in [16, 8, 0] as [UInt32] {
            let colour = (pixel >> shift & 255) + ((below >> shift & 255) * rest + 127) / 255
            result |= min(colour, 255) << shift
        }
        return result
    }
}
