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
    /// Paths below the spool's folder.
    private(set) var files: [String] = []

    mutating func add(_ files: [String]) {
        count += files.count
        self.files = files
    }

    func write(to path: String) throws(FileError) {
        let json = JSONValue.object(["count": .number(count), "files": .array(files.map { .string($0) })])
        try WholeFile.write(JSONWriter.bytes(of: json, .compact).span, to: path, mode: 0o600)
    }

    /// The record, or none when there is no file yet. A damaged file counts as none: it can only be that somebody has
    /// edited it, and the captures matter more.
    static func read(from path: String) throws(FileError) -> SpoolDrops {
        let bytes: [UInt8]
        do throws(FileError) {
            let file = try OpenFile(path, O_RDONLY)
            bytes = try file.read(count: try file.size(), from: 0)
        } catch {
            guard error.code == ENOENT else { throw error }
            return SpoolDrops()
        }
        do {
            let fields = try JSONFields(try JSONReader.value(of: bytes))
            let files = (fields["files"]?.array ?? []).compactMap(\.text)
            return SpoolDrops(count: try fields.integer("count"), files: files.filter(isInsideSpool))
        } catch {
            return SpoolDrops()
        }
    }

    /// These files will be deleted: nothing that somebody wrote into the record may lead out of the folder.
    private static func isInsideSpool(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && ["pending", "aside"].contains(parts[0]) && parts[1] != ".."
    }
}
