import Files

/// Data files that are gone: made empty, they would hide that.
struct LostFilesError: Error, Sendable, CustomStringConvertible {
    let description: String

    /// Which of the missing files were there once. Pure.
    /// - Parameter images: how many lie in the folder of the index.
    static func files(of missing: [DataFile], noted: Set<DataFile>, images: Int) -> [DataFile] {
        missing.filter { noted.contains($0) || $0 == .uploadsIndex && images > 0 }
    }

    /// - Parameter images: how many lie in the folder of the index.
    init(_ lost: [(file: DataFile, path: String)], images: Int = 0) {
        let names = lost.map(\.path).joined(separator: " and ")
        let beside =
            lost.contains { $0.file == .uploadsIndex } && images > 0
            ? ", beside \(images) image\(images == 1 ? "" : "s")" : ""
        let commands = lost.map { "echo '\($0.file.initialText)' > \($0.path)" }.joined(separator: " && ")
        description =
            "\(names) \(lost.count == 1 ? "is" : "are") gone\(beside). Restore from a backup, or mount the disk that is "
            + "missing. If nothing is to be restored, begin with an empty file: \(commands)"
    }
}

extension StoreLayout {
    /// Sees whether files that are not there may be made, empty.
    /// - Throws: ``LostFilesError``, ``DamagedFileError`` or `FileError`.
    func checkMissing(_ missing: [DataFile]) throws {
        guard !missing.isEmpty else { return }
        let images =
            missing.contains(.uploadsIndex)
            ? try Folder.files(in: uploadFolder).count { UploadName.isImage($0.name) } : 0
        let lost = LostFilesError.files(of: missing, noted: try notedFiles(), images: images)
        guard !lost.isEmpty else { return }
        throw LostFilesError(lost.map { ($0, path(of: $0)) }, images: images)
    }
}

extension DataFile {
    /// What it holds before the first change, for people to type.
    var initialText: String {
        switch self {
        case .users, .workSessions, .corrections, .uploadsIndex: "[]"
        case .intervals, .credentials: "{}"
        case .organization: #"{"name": "", "createdAt": null}"#
        }
    }
}
