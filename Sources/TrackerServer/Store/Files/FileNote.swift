import Files
import JSON
import Logging

/// The note of the data files: the server keeps it so that a file that is gone is not taken for one that never was.
///
/// A JSON array: the names of the folder's own files, and the resolved paths of those in the other folder. That one's own note
/// may be gone with it, where a disk is not mounted; a new path is another folder, of which nothing is known. It is written
/// after the files: what a start that was killed has not made yet is made by the next.
enum FileNote {
    /// Not a hidden file: whoever empties the folder or copies what is in it, means the note too.
    static let name = "written-files"
    /// Bytes.
    private static let limit = 65_536

    static func path(in folder: String) -> String { folder + "/" + name }

    /// The names and paths in the note; nil when there is no note.
    /// - Throws: ``DamagedFileError`` or `FileError`.
    static func read(in folder: String) throws -> [String]? {
        let path = path(in: folder)
        guard let bytes = try OpenFile.contents(of: path, limit: limit) else { return nil }
        var names: [String] = []
        var reader = JSONReader(bytes)
        do throws(JSONError) {
            try reader.array { reader throws(JSONError) in names.append(try reader.text()) }
            try reader.end()
        } catch {
            throw DamagedFileError(path: path, error: error)
        }
        return names
    }

    /// Notes names and paths. Names that are there stay, also of files that only another version knows; of the paths only the
    /// new ones do.
    static func add(_ new: [String], in folder: String) throws {
        let old = try read(in: folder) ?? []
        let names = old.filter { !$0.hasPrefix("/") || new.contains($0) } + new.filter { !old.contains($0) }
        guard names != old else { return }
        let bytes = JSONWriter.bytes(of: .array(names.map { .string($0) }), .pretty)
        try WholeFile.write(bytes.span, to: path(in: folder), mode: StoreLayout.mode)
    }
}

extension StoreLayout {
    /// The data files that the notes name. Where a folder has a note of its own, that counts alone.
    func notedFiles() throws -> Set<DataFile> {
        let (data, uploads) = (try FileNote.read(in: dataFolder), try FileNote.read(in: uploadFolder))
        return Set(
            try DataFile.allCases.filter { file in
                let (own, other) = file == .uploadsIndex ? (uploads, data) : (data, uploads)
                if let own { return own.contains(file.rawValue) }
                return try other?.contains(resolvedPath(of: file)) == true
            })
    }

    private func resolvedPath(of file: DataFile) throws(FileError) -> String {
        try Folder.resolve(folder(of: file)) + "/" + file.rawValue
    }

    /// How the note in a folder calls the data files.
    private func names(notedIn folder: String) throws(FileError) -> [String] {
        let own = try Folder.resolve(folder) + "/"
        var names: [String] = []
        for file in DataFile.allCases {
            let path = try resolvedPath(of: file)
            names.append(path == own + file.rawValue ? file.rawValue : path)
        }
        return names
    }

    /// Notes that all data files are there. Where nothing had to be made, a disk that has no room for that is no reason to
    /// stop: the next start notes it.
    func noteFiles(made: [DataFile], _ logger: Logger) throws {
        let changed = Set(made.map(folder(of:)))
        for folder in [dataFolder, uploadFolder] {
            do {
                try FileNote.add(try names(notedIn: folder), in: folder)
            } catch let error as FileError where error.isFullDisk && !changed.contains(folder) {
                logger.warning(
                    "The disk is full; that the data files are there can't be noted",
                    metadata: ["file": "\(FileNote.path(in: folder))"])
            }
        }
    }
}
