import Files
import Foundation
import Logging
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// A data file that is gone is not made empty; one that never was there is made.
@Suite struct MissingFilesTests {
    private let files: DataFiles
    private let log = CollectedLog()

    init() throws { files = try DataFiles() }

    private func note(in folder: String) throws -> String {
        String(decoding: try OpenFile.contents(of: FileNote.path(in: folder)) ?? [], as: UTF8.self)
    }

    @Test func onlyWhatWasThereBeforeIsLost() {
        let some: Set<DataFile> = [.users, .workSessions]
        #expect(LostFilesError.files(of: DataFile.allCases, noted: [], images: 0) == [])
        #expect(LostFilesError.files(of: [.intervals], noted: some, images: 5) == [])
        #expect(LostFilesError.files(of: [.intervals, .workSessions], noted: some, images: 0) == [.workSessions])
        #expect(LostFilesError.files(of: [.users, .uploadsIndex], noted: some, images: 1) == [.users, .uploadsIndex])
    }

    @Test func aNewFolderGetsEveryFileAndANoteOfThem() async throws {
        try await files.open(logger: log.logger).close()
        let note = try note(in: files.files.dataFolder)
        #expect(
            note == """
                [
                  "credentials.json",
                  "users.json",
                  "organization.json",
                  "intervals.json",
                  "work_sessions.json",
                  "corrections.json",
                  "\(files.files.path(of: .uploadsIndex))"
                ]
                """)
        #expect(try self.note(in: files.files.uploadFolder).contains(#""index.json""#))
        #expect(try self.note(in: files.files.uploadFolder).contains("\"\(files.files.path(of: .users))\""))
        for file in DataFile.allCases {
            #expect(try Folder.permissions(of: files.files.path(of: file)) == 0o600)
            #expect(log.lines(.info).first?.metadata.contains(files.files.path(of: file)) == true)
        }
        #expect(log.lines(.info).count == 1)
        try await files.open(logger: log.logger).close()
        #expect(log.lines(.info).count == 1)
        #expect(try self.note(in: files.files.dataFolder) == note)
    }

    @Test(arguments: DataFile.allCases) func aFileThatIsGoneStopsTheStartUntilItIsMadeByHand(file: DataFile)
        async throws
    {
        try await files.open().close()
        let path = files.files.path(of: file)
        try Folder.removeFile(path)
        let names = try files.folder.names(in: "data")
        for _ in 0..<2 {
            let error = await #expect(throws: LostFilesError.self) { try await files.open() }
            #expect(error?.description.hasPrefix("\(path) is gone. ") == true)
            #expect(error?.description.hasSuffix("echo '\(file.initialText)' > \(path)") == true)
            #expect(try files.folder.names(in: "data") == names)
        }
        try files.put(Array((file.initialText + "\n").utf8), in: file)
        try await files.open().close()
    }

    @Test func aFileThatAnotherVersionAddsIsMade() async throws {
        try await files.open().close()
        let note = FileNote.path(in: files.files.dataFolder)
        try Folder.removeFile(note)
        try files.folder.write(#"["users.json", "of_the_next_version.json"]"#, to: "data/" + FileNote.name)
        try Folder.removeFile(files.files.path(of: .intervals))
        try await files.open(logger: log.logger).close()
        #expect(log.lines(.info).map(\.metadata) == ["files=\(files.files.path(of: .intervals))"])
        #expect(try self.note(in: files.files.dataFolder).contains("of_the_next_version.json"))
        try Folder.removeFile(files.files.path(of: .intervals))
        await #expect(throws: LostFilesError.self) { try await files.open() }
    }

    /// As a backup of the images alone leaves it, also where no note is.
    @Test func anIndexThatIsMissingBesideImagesIsLost() async throws {
        try files.folder.write("a picture", to: "up/loads/2026-03-02T08-00-00-000Z-a.PNG")
        let error = await #expect(throws: LostFilesError.self) { try await files.open() }
        #expect(error?.description.contains("/index.json is gone, beside 1 image.") == true)
        #expect(try files.folder.names(in: "up/loads").count == 1)
        #expect(try files.folder.names(in: "data") == [])
    }

    /// What is killed in its first start begins anew: no note says of a file that is not there that it was.
    @Test func aNoteIsWrittenAfterTheFiles() async throws {
        let disk = TestDisk()
        try files.put(Array("[]".utf8), in: .users)
        disk.failFiles(ending: "work_sessions.json.new")
        await #expect(throws: StoreError.self) { try await files.open(flushes: disk.flushes) }
        #expect(try files.folder.names(in: "data").contains(FileNote.name) == false)
        try await files.open().close()
        #expect(try note(in: files.files.dataFolder).contains("work_sessions.json"))
    }

    /// The mount point of a disk that is not mounted is an empty folder without a note: the other folder has one.
    @Test(arguments: [DataFile.users, .uploadsIndex])
    func aFolderThatIsEmptyWhereFilesWereStopsTheStart(file: DataFile) async throws {
        try await files.open().close()
        let folder = files.files.folder(of: file)
        try move(folder, to: folder + "-unmounted")
        try Folder.make(folder)
        for _ in 0..<2 {
            let error = await #expect(throws: LostFilesError.self) { try await files.open() }
            #expect(error?.description.contains(files.files.path(of: file)) == true)
            #expect(error?.description.contains("mount the disk that is missing") == true)
            #expect(try Folder.files(in: folder) == [])
        }
        #expect(rmdir(folder) == 0)
        try move(folder + "-unmounted", to: folder)
        try await files.open().close()
    }

    @Test func howAFolderIsSpelledDoesNotMatter() async throws {
        let link = files.folder.path + "/link"
        symlink(files.files.uploadFolder, link)
        let linked = StoreLayout(dataFolder: files.files.dataFolder, uploadFolder: link)
        try await JSONFileStore.open(linked, logger: .silent).close()
        for name in [DataFile.uploadsIndex.rawValue, FileNote.name] {
            try Folder.removeFile(files.files.uploadFolder + "/" + name)
        }
        await #expect(throws: LostFilesError.self) { try await files.open() }
    }

    @Test func foldersThatAreMovedAndANewUploadFolderStart() async throws {
        try await files.open().close()
        let there = files.folder.path + "/there"
        try Folder.make(there)
        try move(files.files.dataFolder, to: there + "/data")
        try move(files.files.uploadFolder, to: there + "/loads")
        let moved = StoreLayout(dataFolder: there + "/data", uploadFolder: there + "/loads")
        try await JSONFileStore.open(moved, logger: .silent).close()
        // The paths of before mean nothing any more.
        try Folder.make(files.files.uploadFolder)
        for uploads in ["/fresh", "/up/loads"] {
            let path = files.folder.path + uploads
            try Folder.make(path)
            let changed = StoreLayout(dataFolder: moved.dataFolder, uploadFolder: path)
            try await JSONFileStore.open(changed, logger: .silent).close()
        }
    }

    private func move(_ folder: String, to path: String) throws { try WholeFile.move(folder, to: path) }

    /// As the first start of a version that keeps a note meets it.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskThatHasNoRoomForTheNoteStopsNoStart() async throws {
        let disk = try SmallDisk(megabytes: 1)
        defer { disk.unmount() }
        let folder = StoreLayout(dataFolder: files.files.dataFolder, uploadFolder: disk.path)
        try await JSONFileStore.open(folder, logger: .silent).close()
        try Folder.removeFile(FileNote.path(in: disk.path))
        try disk.fill()
        for _ in 0..<2 {
            try await JSONFileStore.open(folder, logger: log.logger).close()
            #expect(log.lines(.warning).last?.metadata.contains(disk.path) == true)
        }
        try disk.makeRoom()
        try await JSONFileStore.open(folder, logger: log.logger).close()
        #expect(log.lines(.warning).count == 2)
        #expect(try folder.notedFiles() == Set(DataFile.allCases))
    }

    @Test func aNoteThatIsDamagedStopsTheStart() async throws {
        try await files.open().close()
        try files.folder.write("[5]", to: "data/" + FileNote.name)
        try Folder.removeFile(files.files.path(of: .intervals))
        let error = await #expect(throws: DamagedFileError.self) { try await files.open() }
        #expect(error?.path == FileNote.path(in: files.files.dataFolder))
    }

    @Test func bothFoldersMayBeOne() async throws {
        let folder = files.folder.path + "/data"
        let one = StoreLayout(dataFolder: folder, uploadFolder: folder)
        try await JSONFileStore.open(one, logger: .silent).close()
        #expect(try one.notedFiles() == Set(DataFile.allCases))
        try await JSONFileStore.open(one, logger: .silent).close()
        try Folder.removeFile(one.path(of: .uploadsIndex))
        await #expect(throws: LostFilesError.self) { try await JSONFileStore.open(one, logger: .silent) }
    }

    // MARK: Links

    @Test func aLinkToAFileInAnotherFolderStaysAndTheFileIsReplaced() async throws {
        try Folder.make(files.folder.path + "/elsewhere")
        let target = files.folder.path + "/elsewhere/our intervals.json"
        try files.folder.write(#"{"a": 60}"#, to: "elsewhere/our intervals.json")
        try files.folder.write("half", to: "elsewhere/our intervals.json.new")
        let path = files.files.path(of: .intervals)
        symlink(target, path)
        // Nothing is rewritten but by the writes.
        let store = try await files.open(logger: log.logger, clock: StoreTime().clock)
        #expect(try files.folder.names(in: "elsewhere") == ["our intervals.json"])
        for name in ["b", "c"] {
            try await store.transact { $0.record(.intervalAssigned(AccountID(stored: name), seconds: 60)) }
        }
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
        #expect(try files.text(.intervals) == "{\n  \"a\": 60,\n  \"b\": 60,\n  \"c\": 60\n}")
        #expect(try files.folder.names(in: "elsewhere") == ["our intervals.json"])
        #expect(log.lines(.warning) == [])
        // A change by hand is kept beside the file that was changed.
        try files.folder.write("{ }", to: "elsewhere/our intervals.json")
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "d"), seconds: 60)) }
        #expect(try files.folder.names(in: "elsewhere").contains { $0.hasPrefix("our intervals.json.edited-") })
        // The disk that the link leads to is gone for a while.
        let hidden = files.folder.path + "/hidden"
        #expect(rename(files.folder.path + "/elsewhere", hidden) == 0)
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "e"), seconds: 60)) }
        await #expect(throws: StoreError.self) { try await store.transact { _ in } }
        #expect(rename(hidden, files.folder.path + "/elsewhere") == 0)
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "f"), seconds: 60)) }
        try await store.close()
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
        #expect(try files.text(.intervals).contains("\"e\": 60,\n  \"f\": 60"))
    }

    @Test(arguments: DataFile.allCases) func aLinkThatLeadsNowhereStopsTheStart(file: DataFile) async throws {
        let path = files.files.path(of: file)
        symlink("/mnt/nowhere/file", path)
        let error = await #expect(throws: FileError.self) { try await files.open() }
        #expect(error?.description.contains("\(path): it leads to /mnt/nowhere/file, where nothing is") == true)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "/mnt/nowhere/file")
        #expect(try files.folder.names(in: "data") == (file == .uploadsIndex ? [] : [file.rawValue]))
    }

    @Test(.enabled(if: getuid() == 0), arguments: DataFile.allCases)
    func aFileThatIsMountedByItselfStopsTheStart(file: DataFile) async throws {
        try files.put(Array(file.initialText.utf8), in: file)
        let path = files.files.path(of: file)
        #expect(mount(path, path, nil, UInt(MS_BIND), nil) == 0)
        defer { umount2(path, Int32(MNT_DETACH)) }
        let error = await #expect(throws: FileError.self) { try await files.open() }
        #expect(error?.description.contains("mount the folder") == true)
        #expect(error?.description.contains(path) == true)
    }

    @Test(arguments: DataFile.allCases) func aPipeStopsTheStart(file: DataFile) async throws {
        #expect(mkfifo(files.files.path(of: file), 0o600) == 0)
        let error = await #expect(throws: FileError.self) { try await files.open() }
        #expect(error?.description == "Cannot read \(files.files.path(of: file)): it is a pipe, not a file.")
    }

    @Test(arguments: [DataFile.users, .organization, .intervals, .credentials])
    func aFileThatIsTooLongStopsTheStart(file: DataFile) async throws {
        try files.put(Array(file.initialText.utf8), in: file)
        #expect(truncate(files.files.path(of: file), 20 << 30) == 0)
        let error = await #expect(throws: FileError.self) { try await files.open() }
        #expect(error?.reason == "it has 21474836480 bytes, and at most 268435456 are read")
    }

    /// A long file is read in windows, and says at once that it is none.
    @Test(arguments: [DataFile.workSessions, .uploadsIndex])
    func aLongFileOfNothingStopsTheStart(file: DataFile) async throws {
        try files.put([], in: file)
        #expect(truncate(files.files.path(of: file), 20 << 30) == 0)
        let error = await #expect(throws: DamagedFileError.self) { try await files.open() }
        #expect(error?.description.contains("line 1, column 1") == true)
    }

    @Test func aJournalThatIsAPipeStopsTheStartOnlyByItsName() async throws {
        #expect(mkfifo(files.files.dataFolder + "/journal-1", 0o600) == 0)
        let store = try await files.open()
        try await store.close()
    }

    @Test(.enabled(if: getuid() == 0)) func aReplacedFileKeepsItsOwner() async throws {
        let store = try await files.open(logger: log.logger)
        let path = files.files.path(of: .intervals)
        #expect(chown(path, 1234, 2345) == 0)
        try await store.transact { $0.record(.intervalAssigned(AccountID(stored: "a"), seconds: 60)) }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.ownerAccountID] as? Int == 1234)
        #expect(attributes[.groupOwnerAccountID] as? Int == 2345)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(log.lines(.warning) == [])
        try await store.close()
    }
}
