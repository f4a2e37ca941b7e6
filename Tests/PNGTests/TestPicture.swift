import PNG
import TestSupport

/// A made-up picture, with what encoders find easy or hard.
struct TestPicture {
    enum Pattern: Int, CaseIterable, Sendable {
        case noise, gradient, photo, windows, repeats, columns, mixed, blank
    }

    let width: Int
    let height: Int
    let pixels: [UInt32]

    static func generator(for pattern: Pattern) -> SeededGenerator {
        SeededGenerator(seed: UInt64(pattern.rawValue) + 1)
    }

    init(_ pattern: Pattern, width: Int, height: Int, using random: inout some RandomNumberGenerator) {
        self.width = width
        self.height = height
        let base = UInt32.random(in: 0...0xFF_FFFF, using: &random)
        var pixels = [UInt32](repeating: base, count: width * height)
        switch pattern {
        case .noise: for index in pixels.indices { pixels[index] = random.next() & 0xFF_FFFF }
        case .gradient: Self.gradient(&pixels, width, noise: 0, using: &random)
        case .photo: Self.gradient(&pixels, width, noise: 3, using: &random)
        case .windows: Self.windows(&pixels, width, height, using: &random)
        case .repeats: Self.repeats(&pixels, using: &random)
        case .columns: for index in pixels.indices { pixels[index] = UInt32(index % width) &* 99_991 & 0xFF_FFFF }
        case .mixed:
            Self.gradient(&pixels, width, noise: 2, using: &random)
            Self.windows(&pixels, width, height, using: &random)
            for index in pixels.indices where index / width % 90 > 60 { pixels[index] = random.next() & 0xFF_FFFF }
        case .blank: break
        }
        self.pixels = pixels
    }

    /// Exactly so many colours, the last of them in the last rows.
    init(colours: Int, width: Int, height: Int, using random: inout some RandomNumberGenerator) {
        self.width = width
        self.height = height
        var pixels = [UInt32](repeating: 0, count: width * height)
        let early = max(1, colours - 1)
        for index in pixels.indices {
            let colour = index < early ? index : Int.random(in: 0..<early, using: &random)
            pixels[index] = UInt32(colour) &* 65_599 & 0xFF_FFFF
        }
        if colours > 1 { pixels[width * height - width / 2 - 1] = UInt32(colours - 1) &* 65_599 & 0xFF_FFFF }
        self.pixels = pixels
    }

    private static func gradient(
        _ pixels: inout [UInt32], _ width: Int, noise: Int, using random: inout some RandomNumberGenerator
    ) {
        for index in pixels.indices {
            let (x, y) = (index % width, index / width)
            let channels = [x + y, 2 * x + y / 2, 3 * y].map { value in
                UInt32(max(0, min(255, value % 256 + (noise > 0 ? Int.random(in: -noise...noise, using: &random) : 0))))
            }
            pixels[index] = channels[0] << 16 | channels[1] << 8 | channels[2]
        }
    }

    /// Plain rectangles with something like text in them.
    private static func windows(
        _ pixels: inout [UInt32], _ width: Int, _ height: Int, using random: inout some RandomNumberGenerator
    ) {
        for _ in 0..<8 {
            let left = Int.random(in: 0..<width, using: &random)
            let top = Int.random(in: 0..<height, using: &random)
            let right = Int.random(in: left...width, using: &random)
            let bottom = Int.random(in: top...height, using: &random)
            let (paper, ink) = (UInt32.random(in: 0...0xFF_FFFF, using: &random), random.next() & 0xFF_FFFF as UInt32)
            for y in top..<bottom {
                for x in left..<right {
                    pixels[y * width + x] =
                        y % 12 < 7 && (x &* 7 + y % 12 &* 3) % 11 < 3 ? ink &+ UInt32(x % 40) : paper
                    pixels[y * width + x] &= 0xFF_FFFF
                }
            }
        }
    }

    /// Copies of earlier pixels from every distance.
    private static func repeats(_ pixels: inout [UInt32], using random: inout some RandomNumberGenerator) {
        var index = 0
        while index < pixels.count {
            let length = min(Int.random(in: 1...200, using: &random), pixels.count - index)
            if index == 0 || Int.random(in: 0..<3, using: &random) == 0 {
                for offset in 0..<length where offset < 9 { pixels[index + offset] = random.next() & 0xFF_FFFF }
                index += min(9, length)
            } else {
                let distance = Int.random(in: 1...index, using: &random)
                for offset in 0..<length { pixels[index + offset] = pixels[index + offset - distance] }
                index += length
            }
        }
    }

    /// Fed in portions of random numbers of rows, with noise in the top bytes.
    func encoded(using random: inout some RandomNumberGenerator) throws -> [UInt8] {
        var encoder = try PNGEncoder(width: width, height: height)
        var row = 0
        while row < height {
            let rows = min(Int.random(in: 0...max(1, height / 3), using: &random), height - row)
            try encoder.append(pixels.span.extracting(row * width..<(row + rows) * width))
            row += rows
        }
        return try encoder.finish()
    }

    static func encoded(_ pixels: [UInt32], width: Int) throws -> [UInt8] {
        var encoder = try PNGEncoder(width: width, height: pixels.count / width)
        try encoder.append(pixels.span)
        return try encoder.finish()
    }

    /// Whether libpng sees these pixels in the file.
    func isShown(by png: [UInt8]) throws -> Bool {
        let decoded = try DecodedPNG(png)
        guard decoded.width == width, decoded.height == height else { return false }
        var expected = [UInt8]()
        expected.reserveCapacity(3 * pixels.count)
        for pixel in pixels {
            expected.append(UInt8(pixel >> 16))
            expected.append(UInt8(pixel >> 8 & 255))
            expected.append(UInt8(pixel & 255))
        }
        return decoded.rgb == expected
    }
}
