/// A program as the system's loader sees it: a 64-bit ELF file of this machine's byte order (System V ABI, chapters 4 and 5).
struct ELFProgram: Sendable {
    /// The names of the libraries that it is loaded with, in their order.
    let libraries: [String]

    private static let start: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1]
    private static let headerSize = 64
    private static let segmentSize = 56
    private static let mostSegments = 100
    private static let entrySize = 16
    private static let mostEntries = 1000
    private static let longestName = 256

    private enum SegmentType { static let (load, dynamic): (UInt64, UInt64) = (1, 2) }
    private enum Tag { static let (end, needed, names): (UInt64, UInt64, UInt64) = (0, 1, 5) }

    /// A part of the file, and where it lies in memory.
    private struct Segment {
        let type, offset, address, size: UInt64
    }

    /// - Parameter read: gives so many bytes from an offset of the file on; fewer at its end.
    /// - Throws: what `read` throws. Nil when the file is no such program, or is damaged.
    init?(read: (_ count: Int, _ offset: Int) async throws -> [UInt8]) async throws {
        let header = try await read(Self.headerSize, 0)
        guard header.starts(with: Self.start), let table = header.number(8, at: 32).flatMap({ Int(exactly: $0) }),
            header.number(2, at: 54) == UInt64(Self.segmentSize), let count = header.number(2, at: 56).map({ Int($0) }),
            count <= Self.mostSegments
        else { return nil }
        let bytes = try await read(count * Self.segmentSize, table)
        guard bytes.count == count * Self.segmentSize else { return nil }
        let segments = stride(from: 0, to: bytes.count, by: Self.segmentSize).compactMap { Self.segment(bytes, at: $0) }
        guard let dynamic = segments.first(where: { $0.type == SegmentType.dynamic }) else {
            // All of it is inside.
            libraries = []
            return
        }
        guard let offset = Int(exactly: dynamic.offset), dynamic.size <= UInt64(Self.mostEntries * Self.entrySize)
        else {
            return nil
        }
        let entries = try await read(Int(dynamic.size), offset)
        let pairs = stride(from: 0, to: entries.count, by: Self.entrySize).lazy.map { place in
            (tag: entries.number(8, at: place) ?? Tag.end, value: entries.number(8, at: place + 8) ?? 0)
        }.prefix { $0.tag != Tag.end }
        var libraries: [String] = []
        let names = pairs.first { $0.tag == Tag.names }?.value
        for pair in pairs where pair.tag == Tag.needed {
            guard let names, let place = Self.offset(of: names, plus: pair.value, in: segments) else { return nil }
            let name = try await read(Self.longestName, place).prefix { $0 != 0 }
            libraries.append(String(decoding: name, as: UTF8.self))
        }
        self.libraries = libraries
    }

    /// True when it needs none of the libraries that only machines with Swift have.
    var runsWithoutSwift: Bool {
        let ofSwift = ["libswift", "libFoundation", "lib_Foundation", "libdispatch.", "libBlocksRuntime."]
        return !libraries.contains { library in ofSwift.contains { library.hasPrefix($0) } }
    }

    private static func segment(_ bytes: [UInt8], at start: Int) -> Segment? {
        guard let type = bytes.number(4, at: start), let offset = bytes.number(8, at: start + 8),
            let address = bytes.number(8, at: start + 16), let size = bytes.number(8, at: start + 32)
        else { return nil }
        return Segment(type: type, offset: offset, address: address, size: size)
    }

    /// Where the bytes at an address of the loaded program stand in the file.
    private static func offset(of address: UInt64, plus distance: UInt64, in segments: [Segment]) -> Int? {
        let address = address.addingReportingOverflow(distance)
        guard !address.overflow,
            let segment = segments.first(where: {
                $0.type == SegmentType.load && address.partialValue >= $0.address
                    && address.partialValue - $0.address < $0.size
            })
        else { return nil }
        let offset = segment.offset.addingReportingOverflow(address.partialValue - segment.address)
        return offset.overflow ? nil : Int(exactly: offset.partialValue)
    }
}

extension [UInt8] {
    /// A number of `size` bytes, the lowest first; nil where there are not so many.
    fileprivate func number(_ size: Int, at start: Int) -> UInt64? {
        guard start + size <= count else { return nil }
        return self[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
