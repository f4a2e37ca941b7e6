/// Boxes of colours, each as alike as can be: of all boxes the one whose pixels differ most is cut in two, again and again,
/// where what remains of the difference is least. Xiaolin Wu, "Efficient Statistical Computations for Optimal Color
/// Quantization", Graphics Gems II (1991): with sums over everything below each corner, a box takes eight look-ups.
struct ColourBoxes {
    /// What is known of some pixels.
    private struct Sum {
        /// Red, green, blue, and how many pixels there are.
        var colours = SIMD4<Double>.zero
        /// The squares of the distances to black.
        var squares = 0.0

        var pixels: Double { colours.w }

        var average: SIMD3<Float> { SIMD3<Float>(SIMD3(colours.x, colours.y, colours.z) / pixels) }

        /// What the squares would be if all pixels were of the average colour; what is missing is what they differ by.
        var alike: Double {
            (colours.x * colours.x + colours.y * colours.y + colours.z * colours.z) / pixels
        }

        static func + (one: Sum, other: Sum) -> Sum {
            Sum(colours: one.colours + other.colours, squares: one.squares + other.squares)
        }

        static func - (one: Sum, other: Sum) -> Sum {
            Sum(colours: one.colours - other.colours, squares: one.squares - other.squares)
        }
    }

    /// Parts of an axis, eight levels each, and the corners between them.
    private static let parts = 32
    private static let corners = parts + 1
    private static let strides = SIMD3(corners * corners, corners, 1)

    /// By corners: of all pixels with less red, green and blue than there.
    private var sums = [Sum](repeating: Sum(), count: corners * corners * corners)

    private struct Box {
        var lower = SIMD3(repeating: 0)
        var upper = SIMD3(repeating: ColourBoxes.parts)
    }

    init(_ cells: [ColourCell]) {
        for cell in cells {
            let average = SIMD3<Double>(cell.average)
            let pixels = Double(cell.pixels)
            let corner = SIMD3(cell.place >> 13, cell.place >> 7 & 31, cell.place >> 1 & 31) &+ 1
            let place = (corner &* Self.strides).wrappedSum()
            sums[place] =
                sums[place]
                + Sum(colours: SIMD4(average, 1) * pixels, squares: (average * average).sum() * pixels)
        }
        // Along one axis after the other.
        for axis in 0..<3 {
            let stride = Self.strides[axis]
            for place in sums.indices where place / stride % Self.corners > 0 {
                sums[place] = sums[place] + sums[place - stride]
            }
        }
    }

    /// The average colours of at most so many boxes.
    func averages(_ limit: Int) -> [SIMD3<Float>] {
        let whole = Box()
        var boxes = [(box: whole, difference: difference(whole))]
        while boxes.count < limit {
            guard let widest = boxes.indices.max(by: { boxes[$0].difference < boxes[$1].difference }),
                boxes[widest].difference > 0
            else { break }
            guard let (one, other) = cut(boxes[widest].box) else {
                // All pixels lie in one part of each axis.
                boxes[widest].difference = 0
                continue
            }
            boxes[widest] = (one, difference(one))
            boxes.append((other, difference(other)))
        }
        return boxes.map { sum(of: $0.box).average }
    }

    /// The sum of the squares of the pixels' distances to their average.
    private func difference(_ box: Box) -> Double {
        let sum = sum(of: box)
        return sum.squares - sum.alike
    }

    /// - Returns: nil when there is nothing to divide.
    private func cut(_ box: Box) -> (Box, Box)? {
        let whole = sum(of: box)
        var best: (alike: Double, axis: Int, place: Int)?
        for axis in 0..<3 {
            var part = box
            for place in (box.lower[axis] + 1)..<max(box.upper[axis], box.lower[axis] + 1) {
                part.upper[axis] = place
                let one = sum(of: part)
                guard one.pixels > 0 else { continue }
                guard one.pixels < whole.pixels else { break }
                let alike = one.alike + (whole - one).alike
                if best.map({ alike > $0.alike }) ?? true { best = (alike, axis, place) }
            }
        }
        guard let best else { return nil }
        var (one, other) = (box, box)
        one.upper[best.axis] = best.place
        other.lower[best.axis] = best.place
        return (one, other)
    }

    private func sum(of box: Box) -> Sum {
        let (low, high) = (box.lower &* Self.strides, box.upper &* Self.strides)
        func face(_ red: Int) -> Sum {
            let upper = sums[red + high.y + high.z] - sums[red + high.y + low.z]
            return upper - (sums[red + low.y + high.z] - sums[red + low.y + low.z])
        }
        return face(high.x) - face(low.x)
    }
}
