import Files

/// Turns the bytes of an image into segments as they come. The last one is known only at the end, so that a full one waits
/// for the byte behind it.
struct ImageEncryptor: Sendable {
    private let cipher: SegmentCipher
    /// Bytes that are in no segment yet.
    private(set) var pending: [UInt8] = []
    /// Segments that are made.
    private(set) var segments = 0
    private(set) var isFinished = false

    init(_ cipher: SegmentCipher) {
        self.cipher = cipher
        pending.reserveCapacity(SegmentLayout.plainSegment)
    }

    /// - Parameter output: gets the segments that are full.
    mutating func take(_ bytes: Span<UInt8>, into output: inout [UInt8]) throws(FileError) {
        var done = 0
        while done < bytes.count {
            if pending.count == SegmentLayout.plainSegment { try seal(isLast: false, into: &output) }
            let step = min(bytes.count - done, SegmentLayout.plainSegment - pending.count)
            bytes.extracting(done..<done + step).withUnsafeBufferPointer { pending += $0 }
            done += step
        }
    }

    /// Makes the last segment, once.
    mutating func finish(into output: inout [UInt8]) throws(FileError) {
        guard !isFinished else { return }
        try seal(isLast: true, into: &output)
        isFinished = true
    }

    private mutating func seal(isLast: Bool, into output: inout [UInt8]) throws(FileError) {
        try cipher.seal(pending, number: segments, isLast: isLast, into: &output)
        segments += 1
        pending.removeAll(keepingCapacity: true)
    }
}
