import Files
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Encrypted images as files: what goes in comes out, and nothing else does.
struct EncryptedImageTests {
    private static let segment = SegmentLayout.plainSegment
    private static let sealed = SegmentLayout.sealedSegment
    private static let header = EncryptedHeader.length

    @Test(arguments: [
        0, 1, 15, 16, 17, segment - 1, segment, segment + 1, 65_535, 65_536, 65_537, 2 * segment - 1, 2 * segment,
        2 * segment + 1, 300_000,
    ])
    func whatGoesInComesOutAtEveryBorder(size: Int) throws {
        let folder = try EncryptedFolder()
        let (file, image) = (try folder.write(size), EncryptedFolder.image(size))
        #expect(SegmentLayout(fileSize: file.count) == SegmentLayout(plainSize: size))
        #expect(SegmentLayout(plainSize: size).fileSize == file.count)
        #expect(try folder.open().size == size)
        #expect(try folder.read() == image)
        var generator = SeededGenerator(seed: 7)
        let borders = [
            0, 1, Self.segment - 1, Self.segment, Self.segment + 1, 2 * Self.segment, size - 1, size, size + 1,
        ]
        let reader = try folder.open()
        for _ in 0..<40 {
            let offset = max(0, borders.randomElement(using: &generator) ?? 0)
            let count = Int.random(in: 0...size + 1, using: &generator)
            #expect(try reader.read(count: count, from: offset) == Array(image.dropFirst(offset).prefix(count)))
        }
    }

    @Test func theSizeOfAFileSaysTheSizeOfItsImage() {
        for size in 0...3 * Self.segment where size < 100 || size % 997 == 0 || size % Self.segment < 3 {
            #expect(SegmentLayout(fileSize: SegmentLayout(plainSize: size).fileSize)?.plainSize == size)
        }
        // No image has a file of these sizes.
        for size in [0, Self.header, Self.header + 15] + (1...16).map({ Self.header + Self.sealed + $0 }) {
            #expect(SegmentLayout(fileSize: size) == nil, "\(size)")
        }
    }

    @Test func twoFilesOfOneImageHaveNothingInCommon() throws {
        let folder = try EncryptedFolder()
        let (one, other) = (try folder.write(1000), try folder.write(1000))
        let same = zip(one, other).dropFirst(EncryptedHeader.magic.count + 1 + ImageKey.idLength).count { $0 == $1 }
        #expect(same < 30)
    }

    @Test func everyBitOfTheHeaderCounts() throws {
        let folder = try EncryptedFolder()
        let file = try folder.write(100)
        for bit in 0..<Self.header * 8 {
            var changed = file
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(try folder.isNoticed(changed), "bit \(bit)")
        }
        #expect(try !folder.isNoticed(file))
    }

    @Test func bitsOfEverySegmentCount() throws {
        let folder = try EncryptedFolder()
        let file = try folder.write(2 * Self.segment + 100)
        var generator = SeededGenerator(seed: 3)
        for segment in 0..<3 {
            let bytes = Self.header + segment * Self.sealed..<min(file.count, Self.header + (segment + 1) * Self.sealed)
            var bits = (0..<16).map { _ in
                Int.random(in: bytes.lowerBound * 8..<bytes.upperBound * 8, using: &generator)
            }
            bits += [bytes.lowerBound * 8, bytes.upperBound * 8 - 1]
            bits += (bytes.upperBound - SegmentLayout.tag) * 8..<bytes.upperBound * 8
            for bit in bits {
                var changed = file
                changed[bit / 8] ^= 1 << (bit % 8)
                #expect(try folder.isNoticed(changed), "segment \(segment), bit \(bit)")
            }
        }
    }

    @Test func aFileThatWasCutIsNoticed() throws {
        let folder = try EncryptedFolder()
        let file = try folder.write(3 * Self.segment + 1)
        let borders = (0...3).map { Self.header + $0 * Self.sealed }
        for length in borders.flatMap({ [$0 - 1, $0, $0 + 1, $0 + 16, $0 + 17] }) + [0, 1, 7, 8, file.count - 1]
        where length < file.count {
            let cut = Array(file.prefix(length))
            #expect(try folder.isNoticed(cut), "\(length) bytes")
        }
        #expect(try folder.isNoticed(file + [0]))
        #expect(try folder.isNoticed(file + Array(file[Self.header...])))
    }

    @Test func segmentsKeepTheirPlaces() throws {
        let folder = try EncryptedFolder()
        let size = 4 * Self.segment
        let (file, other) = (try folder.write(size), try folder.write(size))
        let segments = (0..<4).map {
            Array(file[Self.header + $0 * Self.sealed..<Self.header + ($0 + 1) * Self.sealed])
        }
        let head = Array(file.prefix(Self.header))
        #expect(try !folder.isNoticed(head + segments.joined()))
        for order in [
            [1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2], [0, 1, 2], [0, 1, 3], [1, 2, 3], [0, 0, 1, 2, 3], [3], [0],
        ] {
            #expect(try folder.isNoticed(head + order.flatMap { segments[$0] }), "\(order)")
        }
        // A segment of another file of the same person, name and size; its header before these segments.
        let place = Self.header + Self.sealed..<Self.header + 2 * Self.sealed
        #expect(
            try folder.isNoticed(Array([file[..<place.lowerBound], other[place], file[place.upperBound...]].joined())))
        #expect(try folder.isNoticed(Array(other[..<Self.header]) + Array(file[Self.header...])))
    }

    @Test func anImageStaysWithItsNameAndItsOwner() throws {
        let folder = try EncryptedFolder()
        let file = try folder.write(100)
        try folder.write(100, to: "z.png", of: EncryptedFolder.zoe)
        #expect(try folder.isNoticed(file, as: "b.png"))
        #expect(try folder.isNoticed(file, as: "a.pnG"))
        #expect(try folder.isNoticed(file, of: EncryptedFolder.zoe))
        #expect(try folder.isNoticed(try folder.folder.bytes(of: "z.png"), as: "a.png"))
        #expect(try folder.isNoticed(try folder.folder.bytes(of: "z.png"), as: "z.png", of: EncryptedFolder.eva))
        #expect(try folder.read("z.png", of: nil) == EncryptedFolder.image(100))
        // Ids are the same that accounts have.
        #expect(try folder.read("z.png", of: AccountID(stored: " ZOE ")) == EncryptedFolder.image(100))
    }

    @Test func aRangeNeedsItsOwnSegmentsAlone() throws {
        let folder = try EncryptedFolder()
        let (size, middle) = (5 * Self.segment, 2 * Self.segment..<3 * Self.segment)
        var file = try folder.write(size)
        for segment in [0, 1, 3, 4] { file[Self.header + segment * Self.sealed] ^= 1 }
        try folder.folder.write(file, to: "a.png")
        let image = EncryptedFolder.image(size)
        #expect(try folder.open().read(count: Self.segment, from: middle.lowerBound) == Array(image[middle]))
        #expect(try folder.open().read(count: 10, from: middle.upperBound - 10).count == 10)
        for (count, offset) in [(1, 0), (Self.segment + 1, middle.lowerBound), (2, middle.lowerBound - 1)] {
            let error = #expect(throws: FileError.self) { try folder.open().read(count: count, from: offset) }
            #expect(error?.isDamagedImage == true)
        }
    }

    @Test func piecesMakeTheSameAsAWhole() throws {
        let key = ImageKey(of: "eva")
        let image = EncryptedFolder.image(3 * Self.segment)
        for pieces in [[1, 2, 3], [Self.segment, Self.segment, Self.segment], [Self.segment - 1, 2, 100_000]] {
            var encryption = ImageEncryption(key)
            var (output, offset): ([UInt8], Int) = ([], 0)
            for piece in pieces {
                try encryption.encryptor.take(Array(image[offset..<offset + piece]).span, into: &output)
                offset += piece
            }
            try encryption.encryptor.take(Array(image[offset...]).span, into: &output)
            try encryption.encryptor.finish(into: &output)
            #expect(output.count == 3 * Self.sealed)
            let folder = try TemporaryFolder(inMemory: true)
            try folder.write([UInt8](repeating: 0, count: Self.header) + output, to: "a")
            encryption.end += output.count
            let reader = encryption.reader(of: try OpenFile(reading: folder.path + "/a"))
            #expect(try reader.read(count: image.count, from: 0) == image)
        }
    }
}

/// Another maker's cryptography, after the description in docs/security.md.
struct IndependentDecryptorTests {
    @Test(.ownThread) func theDescriptionIsEnoughToOpenAnImage() async throws {
        let python = try await Peers.python()
        let folder = try EncryptedFolder()
        let segment = SegmentLayout.plainSegment
        try folder.folder.write(SampleKeys.text + "\n", to: "key")
        func decrypt(_ name: String, _ range: Range<Int>? = nil) async throws -> (status: Int32, output: [UInt8]) {
            let path = folder.folder.path
            let bounds = range.map { ["\($0.lowerBound)", "\($0.upperBound - 1)"] } ?? []
            let outcome = try await run(
                [python, Peers.programs + "/decrypt.py", path + "/key", "\(path)/\(ImageKeyFile.name)", path, name]
                    + bounds)
            return (outcome.status, outcome.output)
        }
        for size in [0, 1, segment - 1, segment, segment + 1, 2 * segment, 200_000] {
            let name = "\(size)-ä.png"
            try folder.write(size, to: name, of: size % 2 == 0 ? EncryptedFolder.eva : AccountID(stored: "Zoë"))
            let whole = try await decrypt(name)
            let isSame = whole.output == EncryptedFolder.image(size)
            #expect(whole.status == 0 && isSame, "\(size)")
        }
        let part = try await decrypt("200000-ä.png", segment - 10..<2 * segment + 10)
        #expect(part.output == Array(EncryptedFolder.image(200_000)[segment - 10..<2 * segment + 10]))
        // It is no more lenient than the server.
        let file = try folder.write(2 * segment, to: "a.png")
        try folder.folder.write(file, to: "b.png")
        #expect(try await decrypt("b.png").status == 1)
        try folder.folder.write(Array(file.dropLast(SegmentLayout.sealedSegment)), to: "a.png")
        #expect(try await decrypt("a.png").status == 1)
    }
}
