import Pictures

/// A rectangle of the screen, in pixels from its upper left corner.
struct ScreenArea: Equatable, Sendable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int

    var size: PictureSize { PictureSize(width: width, height: height) }
    var columns: Range<Int> { x..<(x + width) }
    var rows: Range<Int> { y..<(y + height) }

    init(x: Int, y: Int, width: Int, height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    /// Everything of a screen of that size.
    init(_ size: PictureSize) {
        self.init(x: 0, y: 0, width: size.width, height: size.height)
    }

    /// - Parameter geometry: `WxH+X+Y`, four whole numbers of at most 65,535, of which the first two are not 0; nil for
    ///   everything else, also for `-X`, which elsewhere counts from the right.
    init?(geometry: String) {
        let parts = geometry.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let sides = parts[0].split(separator: "x", omittingEmptySubsequences: false)
        let numbers = (sides + parts.dropFirst()).compactMap { text in
            text.allSatisfy { "0"..."9" ~= $0 } ? UInt16(text).map(Int.init) : nil
        }
        guard sides.count == 2, numbers.count == 4, numbers[0] > 0, numbers[1] > 0 else { return nil }
        self.init(x: numbers[2], y: numbers[3], width: numbers[0], height: numbers[1])
    }

    var geometry: String { "\(width)x\(height)+\(x)+\(y)" }

    func isInside(_ size: PictureSize) -> Bool {
        x >= 0 && y >= 0 && width > 0 && height > 0 && x + width <= size.width && y + height <= size.height
    }

    /// The area from top to bottom in parts of so many rows; the last may have fewer.
    func bands(of rows: Int) -> some Sequence<ScreenArea> {
        stride(from: y, to: y + height, by: rows).lazy.map { top in
            ScreenArea(x: x, y: top, width: width, height: min(rows, y + height - top))
        }
    }
}
