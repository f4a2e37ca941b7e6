/// The bytes of a PNG file: its signature, and chunks with their length and checksum (PNG specification, 5).
final class ChunkWriter {
    /// Image data is cut into chunks of about this size.
    private static let dataChunk = 1 << 20

    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0
    /// Where the chunk that is being written starts.
    private var start = 0

    init() {
        capacity = 1 << 16
        bytes = .allocate(capacity: capacity)
        append([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    deinit { bytes.deallocate() }

    /// - Parameter type: four ASCII letters.
    func begin(_ type: StaticString) {
        start = count
        append(UInt32(0))
        type.withUTF8Buffer { append(Array($0)) }
    }

    func end() {
        let length = UInt32(count - start - 8)
        for index in 0..<4 { bytes[start + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        append(CRC32.checksum(of: UnsafeRawBufferPointer(start: bytes + start + 4, count: count - start - 4)))
    }

    func append(_ more: [UInt8]) {
        let room = reserve(more.count)
        for (index, byte) in more.enumerated() { room[index] = byte }
        count += more.count
    }

    /// Big-endian, as every number in PNG.
    func append(_ value: UInt32) {
        append((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
    }

    /// Room for so many bytes at the end of the chunk, to be filled from its start and then taken with `take`.
    func reserve(_ more: Int) -> UnsafeMutablePointer<UInt8> {
        if more > capacity - count {
            let larger = max(2 * capacity, count + more)
            let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
            moved.update(from: bytes, count: count)
            bytes.deallocate()
            (bytes, capacity) = (moved, larger)
        }
        return bytes + count
    }

    /// Image data: begins a new chunk when the present one is large enough.
    func take(_ more: Int) {
        count += more
        guard count - start >= Self.dataChunk else { return }
        end()
        begin("IDAT")
    }

    /// The file so far.
    var file: [UInt8] { Array(UnsafeBufferPointer(start: bytes, count: count)) }
}
