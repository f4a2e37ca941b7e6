import Files
import Glibc
import Synchronization

/// Reads an image out of segments, of which it decrypts those alone that are asked for. Every call blocks.
final class SegmentReader: Sendable {
    private let file: OpenFile
    private let cipher: SegmentCipher
    /// Bytes of the image that the file has.
    let size: Int
    /// The number of the last segment; nil while more may come.
    private let last: Int?
    /// The segment that was decrypted last: who reads on from the middle of one needs it again.
    private let recent = Mutex<(number: Int, bytes: [UInt8])?>(nil)

    /// - Parameters:
    ///   - size: while more may come, of full segments.
    ///   - isWhole: false while more may come.
    init(_ file: OpenFile, _ cipher: SegmentCipher, size: Int, isWhole: Bool) {
        self.file = file
        self.cipher = cipher
        self.size = size
        last = isWhole ? SegmentLayout(plainSize: size).segments - 1 : nil
    }

    /// At most `count` bytes from `offset` on; fewer only where the image ends.
    /// - Throws: ``FileError``, see `FileError.isDamagedImage`.
    func read(count: Int, from offset: Int) throws(FileError) -> [UInt8] {
        let wanted = min(offset, size)..<min(offset + count, size)
        // Of an empty image the one segment says so.
        guard !wanted.isEmpty || size == 0 else { return [] }
        var numbers = wanted.isEmpty ? 0..<1 : SegmentLayout.segments(of: wanted)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(wanted.count)
        func take(_ segment: [UInt8], _ number: Int) {
            let start = number * SegmentLayout.plainSegment
            let part = wanted.clamped(to: start..<start + segment.count)
            bytes += segment[part.lowerBound - start..<part.upperBound - start]
        }
        if let kept = recent.withLock({ $0 }), kept.number == numbers.lowerBound {
            take(kept.bytes, kept.number)
            numbers = numbers.dropFirst()
        }
        guard let first = numbers.first else { return bytes }
        let sealed = try file.read(
            count: numbers.count * SegmentLayout.sealedSegment, from: SegmentLayout.start(of: first))
        for number in numbers {
            let segment = try open(sealed.dropFirst((number - first) * SegmentLayout.sealedSegment), number)
            take(segment, number)
            if number == numbers.upperBound - 1 { recent.withLock { $0 = (number, segment) } }
        }
        return bytes
    }

    private func open(_ sealed: ArraySlice<UInt8>, _ number: Int) throws(FileError) -> [UInt8] {
        let isLast = number == last
        let length = isLast ? size - number * SegmentLayout.plainSegment : SegmentLayout.plainSegment
        guard
            let segment = cipher.open(
                sealed.prefix(length + SegmentLayout.tag), number: number, isLast: isLast), segment.count == length
        else { throw .forgery(file.path) }
        return segment
    }
}

extension FileError {
    /// An encrypted image that is not as it was written, where it was written.
    static func forgery(_ path: String) -> FileError {
        FileError(
            attempt: "read \(path)", code: EBADMSG,
            detail: "it is encrypted, and damaged, cut off, renamed or somebody else's")
    }

    static func noImage(_ path: String) -> FileError {
        FileError(attempt: "read \(path)", code: EBADMSG, detail: "it is neither PNG nor JPEG, nor encrypted")
    }

    static func lacksKey(_ path: String, _ detail: String) -> FileError {
        FileError(attempt: "read \(path)", code: ENOKEY, detail: detail)
    }

    /// True of an image that is damaged, or encrypted and cut off, renamed or somebody else's.
    var isDamagedImage: Bool { code == EBADMSG }
    /// True of an encrypted image whose key is not known.
    var isLackOfKey: Bool { code == ENOKEY }
}
