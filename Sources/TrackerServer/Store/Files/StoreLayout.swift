import Files
import Foundation

/// Where each data file lies. Everything here that touches the disk blocks.
struct StoreLayout: Sendable {
    let dataFolder: String
    let uploadFolder: String
    /// Of the zone whose days sessions have that are read without a date.
    var calendar = WorkCalendar(zone: .utc)
    /// What the file systems of the folders can do.
    var abilities = Abilities()

    struct Abilities: Sendable {
        var data = FolderAbilities.all
        var uploads = FolderAbilities.all
    }

    init(dataFolder: String, uploadFolder: String, abilities: Abilities = Abilities()) {
        self.dataFolder = dataFolder
        self.uploadFolder = uploadFolder
        self.abilities = abilities
    }

    func path(of file: DataFile) -> String { folder(of: file) + "/" + file.rawValue }

    func folder(of file: DataFile) -> String { file == .uploadsIndex ? uploadFolder : dataFolder }

    func abilities(of file: DataFile) -> FolderAbilities {
        file == .uploadsIndex ? abilities.uploads : abilities.data
    }

    /// What the server makes is for its user alone, less the process's umask.
    static let mode: mode_t = 0o600

    /// Removes new contents that a crash kept from taking their place: the journal has what they say.
    func removeLeftovers() throws(FileError) {
        for file in DataFile.allCases {
            try Folder.removeFile(try FileLink.follow(path(of: file)) + FileReplacement.suffix)
        }
        for entry in try Folder.files(in: dataFolder) where WholeFile.isUnfinished(entry.name) {
            try Folder.removeFile(dataFolder + "/" + entry.name)
        }
    }

    /// Opens a data file to read it.
    /// - Throws: `FileError`; also for what is no plain file, for links that are not to be followed, and for a file that
    ///   could not be replaced.
    func open(_ file: DataFile) throws(FileError) -> OpenFile {
        let place = try FileLink.follow(path(of: file))
        guard !FileLink.isMountPoint(place) else {
            throw FileError(
                attempt: "replace \(place)", code: EBUSY,
                detail: "it is mounted by itself, and no other file can take its place; mount the folder that it is in")
        }
        return try OpenFile(reading: place)
    }

    /// The files of the journal, in the order of their first records.
    func journalFiles() throws(FileError) -> [(path: String, first: UInt64)] {
        try Folder.files(in: dataFolder)
            .compactMap { entry in
                Journal.firstNumber(ofFileNamed: entry.name).map { (dataFolder + "/" + entry.name, $0) }
            }
            .sorted { $0.first < $1.first }
    }

    /// Sees whether the folders can be written to, and have room for all data files once more, which rewriting them needs.
    /// - Parameter sizes: of the data files, in bytes.
    func checkRoom(sizes: [DataFile: Int]) throws(StoreError) {
        for folder in [dataFolder, uploadFolder] {
            guard access(folder, W_OK | X_OK) == 0 else {
                throw StoreError(.last("write to the folder \(folder)"))
            }
            let needed = sizes.reduce(JournalFile.chunk) { self.folder(of: $1.key) == folder ? $0 + $1.value : $0 }
            if try Self.freeBytes(of: folder) < UInt64(needed) { throw .full }
        }
    }

    /// What is free for the server on the disk of a folder, in bytes.
    static func freeBytes(of folder: String) throws(StoreError) -> UInt64 {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { throw StoreError(.last("look at \(folder)")) }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }
}
