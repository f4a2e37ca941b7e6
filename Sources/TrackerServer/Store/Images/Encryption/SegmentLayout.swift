/// Where the bytes of an image lie in its encrypted file: the header, then segments that are all of one length but the last.
/// Pure.
struct SegmentLayout: Sendable, Equatable {
    /// Bytes of a segment in the file.
    static let sealedSegment = 65_536
    /// Bytes of the tag at a segment's end.
    static let tag = 16
    /// Bytes of the image in a segment.
    static let plainSegment = sealedSegment - tag

    /// Bytes of the image.
    let plainSize: Int

    init(plainSize: Int) {
        self.plainSize = plainSize
    }

    /// Nil when no encrypted file has so many bytes: because it was cut off between two segments' tags, or before.
    init?(fileSize: Int) {
        let rest = fileSize - EncryptedHeader.length
        guard rest >= Self.tag else { return nil }
        let last = rest % Self.sealedSegment
        // Only an empty image has a segment without bytes.
        guard last == 0 || last > Self.tag || rest == Self.tag else { return nil }
        plainSize = rest - (rest + Self.sealedSegment - 1) / Self.sealedSegment * Self.tag
    }

    /// At least one: an empty image has one that is empty.
    var segments: Int { max(1, (plainSize + Self.plainSegment - 1) / Self.plainSegment) }

    var fileSize: Int { EncryptedHeader.length + plainSize + segments * Self.tag }

    /// The segments in which these bytes of the image lie, which must not be none.
    static func segments(of bytes: Range<Int>) -> Range<Int> {
        bytes.lowerBound / plainSegment..<(bytes.upperBound - 1) / plainSegment + 1
    }

    /// Where in the file a segment begins.
    static func start(of segment: Int) -> Int { EncryptedHeader.length + segment * sealedSegment }
}
