/// Fewer colours for a picture, chosen for it so that its pixels change as little as can be.
///
/// The colours are the averages of Wu's boxes (``ColourBoxes``), moved to where their pixels are: weighted k-means, as in
/// Celebi, "Improving the Performance of K-Means for Color Quantization", Image and Vision Computing 29 (2011). Both work
/// on cells of four by four by four colours instead of pixels. Nothing is dithered: that would blur small text, and make
/// the file of a photograph larger.
public enum ColourReduction {
    /// Replaces each pixel by one of at most `limit` colours. A picture that has so few stays as it is.
    /// - Parameters:
    ///   - pixels: 0x00RRGGBB each.
    ///   - limit: 1 to 256.
    public static func reduce(_ pixels: inout [UInt32], to limit: Int) {
        precondition(1...256 ~= limit)
        guard hasMoreColours(pixels, than: limit) else { return }
        let cells = ColourCell.cells(of: pixels)
        var palette = Palette(ColourBoxes(cells).averages(limit))
        for _ in 0..<refinements { palette = palette.refined(by: cells) }
        palette = palette.rounded()
        let colours = palette.words
        var replacements = [UInt32](repeating: 0, count: ColourCell.count)
        for cell in cells { replacements[cell.place] = colours[palette.nearest(to: cell.average)] }
        replace(&pixels, by: replacements)
    }

    /// The next one would make the error of a photograph less by a hundredth.
    private static let refinements = 2

    private static func hasMoreColours(_ pixels: [UInt32], than limit: Int) -> Bool {
        var colours: Set<UInt32> = []
        var last: UInt32?
        for colour in pixels where colour != last {
            last = colour
            colours.insert(colour)
            if colours.count > limit { return true }
        }
        return false
    }

    private static func replace(_ pixels: inout [UInt32], by replacements: [UInt32]) {
        pixels.withUnsafeMutableBufferPointer { pixels in
            replacements.withUnsafeBufferPointer { replacements in
                // Unsafe: a place is below the number of cells.
                for index in 0..<pixels.count { pixels[index] = replacements[ColourCell.place(of: pixels[index])] }
            }
        }
    }
}

/// The pixels of a picture that agree in the upper six bits of red, green and blue.
struct ColourCell {
    /// Below ``count``.
    let place: Int
    let average: SIMD3<Float>
    /// How many they are.
    let pixels: Float

    static let count = 1 << 18

    /// - Parameter pixels: 0x00RRGGBB each.
    /// - Returns: those that have pixels.
    static func cells(of pixels: [UInt32]) -> [ColourCell] {
        // Of each cell's pixels the sums of the lower two bits, and their number: right up to 1.4 thousand million.
        var sums = [SIMD4<UInt32>](repeating: .zero, count: count)
        pixels.withUnsafeBufferPointer { pixels in
            sums.withUnsafeMutableBufferPointer { sums in
                // Unsafe: a place is below the number of cells.
                for pixel in pixels {
                    sums[place(of: pixel)] &+= SIMD4(pixel &>> 16 & 3, pixel &>> 8 & 3, pixel & 3, 1)
                }
            }
        }
        var cells: [ColourCell] = []
        for (place, sum) in sums.enumerated() where sum.w > 0 {
            let corner = SIMD3<Float>(SIMD3(place >> 12, place >> 6 & 63, place & 63) &* 4)
            let pixels = Float(sum.w)
            let rest = SIMD3(Float(sum.x), Float(sum.y), Float(sum.z))
            cells.append(ColourCell(place: place, average: corner + rest / pixels, pixels: pixels))
        }
        return cells
    }

    @inline(__always)
    static func place(of pixel: UInt32) -> Int {
        Int(pixel &>> 18 & 63) << 12 | Int(pixel &>> 10 & 63) << 6 | Int(pixel &>> 2 & 63)
    }
}

/// Some colours, eight side by side, for the processor to compare with one at a time.
private struct Palette {
    private typealias Lanes = SIMD8<Float>

    private let colours: [SIMD3<Float>]
    private let red: [Lanes]
    private let green: [Lanes]
    private let blue: [Lanes]

    init(_ colours: [SIMD3<Float>]) {
        self.colours = colours
        func lanes(_ channel: Int) -> [Lanes] {
            stride(from: 0, to: colours.count, by: Lanes.scalarCount).map { first in
                // Where there are no more colours, one that is far from all.
                var lanes = Lanes(repeating: 1e9)
                for lane in 0..<min(Lanes.scalarCount, colours.count - first) {
                    lanes[lane] = colours[first + lane][channel]
                }
                return lanes
            }
        }
        (red, green, blue) = (lanes(0), lanes(1), lanes(2))
    }

    /// 0x00RRGGBB each.
    var words: [UInt32] {
        colours.map { UInt32($0.x) << 16 | UInt32($0.y) << 8 | UInt32($0.z) }
    }

    func rounded() -> Palette { Palette(colours.map { $0.rounded(.toNearestOrAwayFromZero) }) }

    func nearest(to colour: SIMD3<Float>) -> Int {
        var least = Lanes(repeating: .infinity)
        var places = SIMD8<Int32>(repeating: 0)
        for place in red.indices {
            let (r, g, b) = (red[place] - colour.x, green[place] - colour.y, blue[place] - colour.z)
            let distance = r * r + g * g + b * b
            let isLess = distance .< least
            least.replace(with: distance, where: isLess)
            places.replace(with: Int32(truncatingIfNeeded: place), where: isLess)
        }
        var best = 0
        for lane in 1..<Lanes.scalarCount where least[lane] < least[best] { best = lane }
        return Int(places[best]) * Lanes.scalarCount + best
    }

    /// Each colour moved to the average of the pixels that it is nearest to; one that is nearest to none stays.
    func refined(by cells: [ColourCell]) -> Palette {
        var sums = [SIMD4<Double>](repeating: .zero, count: colours.count)
        for cell in cells {
            let average = SIMD3<Double>(cell.average)
            sums[nearest(to: cell.average)] += SIMD4(average, 1) * Double(cell.pixels)
        }
        return Palette(
            zip(colours, sums).map { colour, sum in
                sum.w > 0 ? SIMD3<Float>(SIMD3(sum.x, sum.y, sum.z) / sum.w) : colour
            })
    }
}
