/// How one pixel of the screen lies in memory, and how it becomes a word of 8-bit colours.
///
/// The layout is read from what the X server says (bits per pixel and byte order of its images, masks and colour map of
/// its visual) and never guessed from the depth.
struct PixelFormat: Equatable, Sendable {
    /// One colour inside a pixel.
    struct Channel: Equatable, Sendable {
        let mask: UInt32
        let shift: UInt32
        /// The 8-bit intensity of each value the channel can have.
        let intensities: [UInt8]

        /// From none to all of the colour in even steps, rounded to nearest. `nil` when the mask's bits are not 1 to 16 neighbours.
        init?(mask: UInt32) {
            let bits = mask.nonzeroBitCount
            shift = UInt32(mask.trailingZeroBitCount)
            guard 1...16 ~= bits, mask >> shift == (1 << UInt32(bits)) - 1 else { return nil }
            self.mask = mask
            let highest = (1 << bits) - 1
            intensities = (0...highest).map { UInt8(($0 * 255 + highest / 2) / highest) }
        }

        /// Of pixels that are numbers of colours.
        ///
        /// - Parameter intensities: of each number from 0 to 255.
        fileprivate init(ofNumbers intensities: [UInt8]) {
            (mask, shift, self.intensities) = (0xff, 0, intensities)
        }

        @inline(__always)
        func intensity(in pixel: UInt32) -> UInt8 {
            intensities[Int((pixel & mask) >> shift)]
        }
    }

    let bytesPerPixel: Int
    let isBigEndian: Bool
    let red: Channel
    let green: Channel
    let blue: Channel
    /// Pixels of four bytes with channels of eight bits, which need no look-up: the common screen.
    private let isPlain: Bool

    /// `nil` for a layout that is not 8, 16, 24 or 32 bits wide or whose masks are not colours inside a pixel.
    init?(bitsPerPixel: Int, isBigEndian: Bool, redMask: UInt, greenMask: UInt, blueMask: UInt) {
        func channel(_ mask: UInt) -> Channel? {
            mask >> UInt(bitsPerPixel) == 0 ? UInt32(exactly: mask).flatMap(Channel.init) : nil
        }
        guard [8, 16, 24, 32].contains(bitsPerPixel),
            let red = channel(redMask), let green = channel(greenMask), let blue = channel(blueMask)
        else { return nil }
        bytesPerPixel = bitsPerPixel / 8
        self.isBigEndian = isBigEndian
        self.red = red
        self.green = green
        self.blue = blue
        isPlain = bitsPerPixel == 32 && [red, green, blue].allSatisfy { $0.intensities.count == 256 }
    }

    /// Of a screen whose pixels are numbers of colours.
    ///
    /// - Parameter colours: of the numbers from 0 on, 0xXXRRGGBB; all others are black.
    /// - Returns: `nil` when a pixel has not 8 bits.
    init?(bitsPerPixel: Int, colours: [UInt32]) {
        guard bitsPerPixel == 8 else { return nil }
        func channel(_ shift: UInt32) -> Channel {
            let intensities = colours.prefix(256).map { UInt8(truncatingIfNeeded: $0 >> shift) }
            return Channel(ofNumbers: intensities + [UInt8](repeating: 0, count: 256 - intensities.count))
        }
        bytesPerPixel = 1
        isBigEndian = false
        (red, green, blue) = (channel(16), channel(8), channel(0))
        isPlain = false
    }

    /// Converts whole rows.
    ///
    /// - Parameters:
    ///   - pixels: rows from top to bottom, each `bytesPerLine` bytes of which the first `width` pixels count.
    ///   - words: overwritten with one word a pixel, 0x00RRGGBB, without padding.
    func convert(_ pixels: RawSpan, width: Int, bytesPerLine: Int, rows: Int, into words: inout [UInt32]) {
        precondition(width * bytesPerPixel <= bytesPerLine && rows * bytesPerLine <= pixels.byteCount)
        words.removeAll(keepingCapacity: true)
        words.reserveCapacity(width * rows)
        pixels.withUnsafeBytes { source in
            for row in 0..<rows {
                let line = UnsafeRawBufferPointer(rebasing: source[(row * bytesPerLine)...].prefix(bytesPerLine))
                for x in 0..<width { words.append(word(of: pixel(at: x * bytesPerPixel, in: line))) }
            }
        }
    }

    /// True where a pixel in memory is the word 0xXXRRGGBB already, and nothing stands between rows: the common screen.
    func isWords(width: Int, bytesPerLine: Int) -> Bool {
        isPlain && isBigEndian == (UInt32(bigEndian: 1) == 1) && bytesPerLine == 4 * width
            && (red.shift, green.shift, blue.shift) == (16, 8, 0)
    }

    @inline(__always)
    private func word(of pixel: UInt32) -> UInt32 {
        if isPlain {
            return (pixel >> red.shift & 255) << 16 | (pixel >> green.shift & 255) << 8 | pixel >> blue.shift & 255
        }
        return UInt32(red.intensity(in: pixel)) << 16 | UInt32(green.intensity(in: pixel)) << 8
            | UInt32(blue.intensity(in: pixel))
    }

    @inline(__always)
    private func pixel(at offset: Int, in row: UnsafeRawBufferPointer) -> UInt32 {
        switch bytesPerPixel {
        case 4:
            let value = row.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
            return isBigEndian ? UInt32(bigEndian: value) : UInt32(littleEndian: value)
        case 2:
            let value = row.loadUnaligned(fromByteOffset: offset, as: UInt16.self)
            return UInt32(isBigEndian ? UInt16(bigEndian: value) : UInt16(littleEndian: value))
        case 3:
            let (first, middle, last) = (UInt32(row[offset]), UInt32(row[offset + 1]), UInt32(row[offset + 2]))
            return isBigEndian ? first << 16 | middle << 8 | last : last << 16 | middle << 8 | first
        default:
            return UInt32(row[offset])
        }
    }
}
