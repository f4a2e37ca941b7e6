/// The rows of a picture that has had at most 256 colours so far: its palette, and an index for each pixel.
///
/// Nothing is written until the whole picture is known to have so few; until then rows are kept, a row equal to the one
/// above in one byte, others in runs of equal pixels or, if that is shorter, a byte a pixel.
final class IndexedRows {
    private enum Row {
        static let same: UInt8 = 0
        static let runs: UInt8 = 1
        static let bytes: UInt8 = 2
    }

    private static let hashBits: UInt32 = 10
    private static let noColour: UInt32 = 0xFFFF_FFFF

    private let width: Int
    private(set) var palette: [UInt32] = []
    private let colours: UnsafeMutablePointer<UInt32>
    private let indices: UnsafeMutablePointer<UInt8>
    private let previous: UnsafeMutablePointer<UInt32>
    private var isFirst = true
    private var rows: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0

    init(width: Int) {
        self.width = width
        capacity = max(1 << 16, 4 * width)
        rows = .allocate(capacity: capacity)
        colours = .allocate(capacity: 1 << Int(Self.hashBits))
        colours.initialize(repeating: Self.noColour, count: 1 << Int(Self.hashBits))
        indices = .allocate(capacity: 1 << Int(Self.hashBits))
        indices.initialize(repeating: 0, count: 1 << Int(Self.hashBits))
        previous = .allocate(capacity: width)
        previous.initialize(repeating: 0, count: width)
    }

    deinit {
        rows.deallocate()
        colours.deallocate()
        indices.deallocate()
        previous.deallocate()
    }

    /// - Returns: whether the row was kept; not so when it brings the 257th colour.
    func append(_ pixels: UnsafePointer<UInt32>) -> Bool {
        var difference: UInt32 = 0
        for x in 0..<width { difference |= pixels[x] ^ previous[x] }
        if difference & 0xFF_FFFF == 0, !isFirst {
            reserve(1)
            rows[count] = Row.same
            count += 1
            return true
        }
        // A byte a pixel, and room for the runs that are tried beside them.
        reserve(2 * width + 3)
        let bytes = rows + count + 1
        let runs = bytes + width
        var runCount = 0
        var x = 0
        while x < width {
            let pixel = pixels[x] & 0xFF_FFFF
            guard let index = index(of: pixel) else { return false }
            let start = x
            repeat {
                previous[x] = pixel
                bytes[x] = index
                x &+= 1
            } while x < width && pixels[x] & 0xFF_FFFF == pixel
            var length = x &- start
            while length > 0, runCount &+ 2 <= width {
                let part = min(length, 256)
                runs[runCount] = index
                runs[runCount &+ 1] = UInt8(truncatingIfNeeded: part &- 1)
                runCount &+= 2
                length &-= part
            }
            if length > 0 { runCount = width }
        }
        if runCount < width {
            rows[count] = Row.runs
            for index in 0..<runCount { bytes[index] = runs[index] }
            count += 1 + runCount
        } else {
            rows[count] = Row.bytes
            count += 1 + width
        }
        isFirst = false
        return true
    }

    private func reserve(_ more: Int) {
        guard more > capacity - count else { return }
        let larger = max(capacity + capacity / 2, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: rows, count: count)
        rows.deallocate()
        (rows, capacity) = (moved, larger)
    }

    @inline(__always)
    private func index(of pixel: UInt32) -> UInt8? {
        // Unsafe: a hash is below the number of places, of which at least three quarters are free.
        let mask = (1 << Int(Self.hashBits)) - 1
        var hash = Int((pixel &* 0x9E37_79B1) &>> (32 - Self.hashBits))
        while colours[hash] != pixel {
            if colours[hash] == Self.noColour { return add(pixel, at: hash) }
            hash = (hash &+ 1) & mask
        }
        return indices[hash]
    }

    @inline(never)
    private func add(_ pixel: UInt32, at hash: Int) -> UInt8? {
        guard palette.count < 256 else { return nil }
        colours[hash] = pixel
        indices[hash] = UInt8(palette.count)
        palette.append(pixel)
        return indices[hash]
    }

    /// Gives each row's indices, from top to bottom.
    /// - Parameter body: takes them, and whether they are those of the row before.
    func forEach(_ body: (_ indices: UnsafePointer<UInt8>, _ isSame: Bool) -> Void) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width) { buffer in
            guard let row = buffer.baseAddress else { return }
            row.initialize(repeating: 0, count: width)
            var place = 0
            while place < count {
                let kind = rows[place]
                place += 1
                if kind == Row.runs {
                    var x = 0
                    while x < width {
                        let length = Int(rows[place + 1]) + 1
                        (row + x).update(repeating: rows[place], count: length)
                        x += length
                        place += 2
                    }
                } else if kind == Row.bytes {
                    row.update(from: rows + place, count: width)
                    place += width
                }
                body(row, kind == Row.same)
            }
        }
    }
}
