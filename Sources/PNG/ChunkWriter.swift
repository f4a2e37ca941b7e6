import Glibc

/// The bytes of a PNG file: its signature, and chunks with their length and checksum (PNG specification, 5).
///
/// A chunk that is complete is given away, and its memory used for the next one, since the system takes longer to hand out
/// memory than it takes to encode some pictures. Or else each chunk has memory of its own, which is given back as the file
/// is put together: so the whole is never there twice.
final class ChunkWriter {
    /// Image data is cut into chunks of about this size. Each page of memory that the system hands out takes time, so a larger chunk
    /// would take more of it; at 4 KiB the 12 bytes around each are up to 0.1 % of a picture.
    private static let dataChunk = 1 << 16

    private let write: ((UnsafeRawBufferPointer) -> Void)?
    /// What is finished.
    private var chunks: [UnsafeMutableBufferPointer<UInt8>] = []
    /// The chunk that is being written, from its length on; before the first one the signature.
    private var bytes: UnsafeMutablePointer<UInt8>
    private var capacity = 1 << 12
    private var count = 0

    /// - Parameter write: takes one part of the file after the other; nil to get it whole from ``finish()``.
    init(write: ((UnsafeRawBufferPointer) -> Void)?) {
        self.write = write
        bytes = .zeros(capacity)
        append([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    }

    deinit {
        free(bytes)
        for chunk in chunks { free(chunk.baseAddress) }
    }

    /// - Parameter type: four ASCII letters.
    func begin(_ type: StaticString) {
        keep()
        append(UInt32(0))
        type.withUTF8Buffer { append(Array($0)) }
    }

    func end() {
        let length = UInt32(count - 8)
        for index in 0..<4 { bytes[index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        append(CRC32.checksum(of: UnsafeRawBufferPointer(start: bytes + 4, count: count - 4)))
    }

    private func keep() {
        guard count > 0 else { return }
        if let write {
            write(UnsafeRawBufferPointer(start: bytes, count: count))
            count = 0
            return
        }
        chunks.append(UnsafeMutableBufferPointer(start: bytes, count: count))
        capacity = 1 << 12
        bytes = .zeros(capacity)
        count = 0
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
            capacity = max(2 * capacity, count + more)
            bytes = bytes.resized(to: capacity, keeping: count)
        }
        return bytes + count
    }

    /// Image data: begins a new chunk when the present one is large enough.
    func take(_ more: Int) {
        count += more
        guard count >= Self.dataChunk else { return }
        end()
        begin("IDAT")
    }

    /// - Returns: the whole file, or nothing if it was given away. Nothing can be written after it.
    func finish() -> [UInt8] {
        keep()
        let total = chunks.reduce(0) { $0 + $1.count }
        defer { chunks = [] }
        return Array(unsafeUninitializedCapacity: total) { file, filled in
            for chunk in chunks {
                if let start = chunk.baseAddress, let file = file.baseAddress {
                    (file + filled).initialize(from: start, count: chunk.count)
                    filled += chunk.count
                }
                free(chunk.baseAddress)
            }
        }
    }
}

/// The checksum of a PNG chunk (PNG specification, 5.5 and annex D), sixteen bytes a step.
enum CRC32 {
    /// Sixteen tables of 256: what a byte does to the checksum when 0 to 15 bytes come after it.
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 16 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : 0xEDB8_8320 ^ (value >> 1) }
            tables[byte] = value
        }
        for index in 256..<tables.count {
            let before = tables[index - 256]
            tables[index] = tables[Int(before & 255)] ^ (before >> 8)
        }
        return tables
    }()

    /// The checksum of `bytes`.
    static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt32 {
        var checksum = ~UInt32(0)
        var offset = 0
        // Unsafe: checked indexing would double the time. Each index is a byte plus the start of one of sixteen tables.
        tables.withUnsafeBufferPointer { tables in
            guard let table = tables.baseAddress, let start = bytes.baseAddress else { return }
            while offset + 16 <= bytes.count {
                let first = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
                let second = UInt64(littleEndian: start.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
                checksum = eight(first ^ UInt64(checksum), table + 8 * 256) ^ eight(second, table)
                offset += 16
            }
            while offset < bytes.count {
                checksum = table[Int((checksum ^ UInt32(bytes[offset])) & 255)] ^ (checksum >> 8)
                offset += 1
            }
        }
        return ~checksum
    }

    /// What eight bytes do, the first with the last of eight tables.
    @inline(__always)
    private static func eight(_ bytes: UInt64, _ table: UnsafePointer<UInt32>) -> UInt32 {
        let low =
            table[1792 + Int(bytes & 255)] ^ table[1536 + Int((bytes >> 8) & 255)]
            ^ table[1280 + Int((bytes >> 16) & 255)] ^ table[1024 + Int((bytes >> 24) & 255)]
        let high =
            table[768 + Int((bytes >> 32) & 255)] ^ table[512 + Int((bytes >> 40) & 255)]
            ^ table[256 + Int((bytes >> 48) & 255)] ^ table[Int(bytes >> 56)]
        return low ^ high
    }
}
