import Files

/// A data file as the server last read or wrote it.
struct KnownFile: Sendable {
    let identity: FileIdentity
    /// Kept open: some file systems give a file that nobody has open another number when they look at it again.
    private let file: OpenFile
    /// Bytes.
    let size: Int
    /// Where its segments lie, by their stamps; those with other bytes than the server writes are missing.
    let ranges: [UInt64: Range<Int>]

    init(_ file: OpenFile, ranges: [UInt64: Range<Int>] = [:]) throws(FileError) {
        identity = try file.identity()
        self.file = file
        size = try file.size()
        self.ranges = ranges
    }
}
