import Files
import Glibc
import JSON
import Shared

/// How many files the spool has given up for room, and which the last ones were: `{"count":12,"files":["pending/…"]}`.
///
/// The record is written before the files go. A client that was killed in between finds their names here and finishes,
/// without counting them a second time.
struct SpoolDrops: Equatable, Sendable {
    private(set) var count = 0
    /// Bytes of the record: the names of more files than the spool has room for.
    private static let longest = 64 * 1024 * 1024
    /// More than anybody could have dropped: a larger count was written by somebody else.
    private static let counts = 0...Int(Int32.max)
    /// Paths below the spool's folder.
    private(set) var files: [String] = []

    mutating func add(_ files: [String]) {
        count = min(count + files.count, Self.counts.upperBound)
        self.files = files
    }

    /// Given up without ever having been in a file.
    mutating func addUnkept(_ count: Int) { self.count = min(self.count + count, Self.counts.upperBound) }

    func write(to path: String) throws(FileError) {
        let json = JSONValue.object(["count": .number(count), "files": .array(files.map { .string($0) })])
        try WholeFile.write(JSONWriter.bytes(of: json, .compact).span, to: path, mode: 0o600)
    }

    /// The record, or none when there is no file yet. What is no record counts as none: it can only be that somebody has
    /// edited it, and the captures matter more. Nobody vouches for the names either.
    static func read(from path: String) throws(FileError) -> SpoolDrops {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile.contents(of: path, limit: longest) ?? []
        } catch {
            guard error.code == EFBIG || error.code == EINVAL else { throw error }
            return SpoolDrops()
        }
        do {
            let fields = try JSONFields(try JSONReader.value(of: bytes))
            let count = try fields.integer("count")
            guard counts.contains(count) else { return SpoolDrops() }
            let files = (fields["files"]?.array ?? []).compactMap(\.text)
            return SpoolDrops(count: count, files: files)
        } catch {
            return SpoolDrops()
        }
    }
}
