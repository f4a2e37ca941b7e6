import Foundation
import TestSupport
import Testing

@testable import Files

/// Whatever lies in the place of a new content, and whenever it got there, nothing is lost that was not expected.
struct FileReplacementTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/a" }
    private var copy: String { folder.path + "/a.copy" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func replacement(_ abilities: FolderAbilities = .all) throws -> FileReplacement {
        try FileReplacement(of: path, mode: 0o600, abilities: abilities) { file throws(FileError) in
            try file.write(Array("new".utf8).span)
        }
    }

    private func commit(
        over expected: FileIdentity?, exchange: (String, String) -> Bool = WholeFile.exchange
    ) throws -> FileReplacement.Found {
        let copy = copy
        return try replacement().commit(
            over: expected, keepingOthersAs: { _ throws(FileError) in copy }, exchange: exchange)
    }

    private func texts() throws -> [String: String] {
        var texts: [String: String] = [:]
        for name in try folder.names() { texts[name] = String(decoding: try folder.bytes(of: name), as: UTF8.self) }
        return texts
    }

    /// As on a file system that can't exchange names.
    private let no: (String, String) -> Bool = { _, _ in false }

    @Test func aContentMayBeTheFirst() throws {
        #expect(try commit(over: nil) == .nothing)
        #expect(try texts() == ["a": "new"])
    }

    @Test(arguments: [true, false]) func theExpectedFileGoes(canExchange: Bool) throws {
        try folder.write("old", to: "a")
        let found = try commit(over: FileIdentity.of(path), exchange: canExchange ? WholeFile.exchange : no)
        #expect(found == .expected)
        #expect(try texts() == ["a": "new"])
    }

    @Test(arguments: [true, false]) func anotherFileIsKept(canExchange: Bool) throws {
        try folder.write("old", to: "a")
        let expected = try FileIdentity.of(path)
        try folder.write("edited", to: "a")
        let found = try commit(over: expected, exchange: canExchange ? WholeFile.exchange : no)
        #expect(found == .other(keptAs: copy))
        #expect(try texts() == ["a": "new", "a.copy": "edited"])
    }

    /// As on exFAT, which has no second names either: the old file is copied, and its place is never empty.
    @Test(arguments: [(false, true), (false, false), (true, false)])
    func anotherFileIsKeptWhateverTheFileSystemCan(canExchange: Bool, canLink: Bool) throws {
        try folder.write("old", to: "a")
        let expected = try FileIdentity.of(path)
        try folder.write("edited", to: "a")
        #expect(chmod(path, 0o640) == 0)
        var abilities = FolderAbilities.all
        (abilities.exchanges, abilities.links) = (canExchange, canLink)
        let copy = copy
        let found = try replacement(abilities).commit(over: expected) { _ throws(FileError) in copy }
        #expect(found == .other(keptAs: copy))
        #expect(try texts() == ["a": "new", "a.copy": "edited"])
        #expect(try folder.permissions(of: "a.copy") == 0o640)
    }

    @Test func aNewFileIsForItsUserAloneAndAReplacedOneKeepsItsPermissions() throws {
        _ = try commit(over: nil)
        #expect(try folder.permissions(of: "a") == 0o600)
        for mode in [0o644, 0o400, 0o660] as [mode_t] {
            #expect(chmod(path, mode) == 0)
            #expect(try commit(over: FileIdentity.of(path)) == .expected)
            #expect(try folder.permissions(of: "a") == Int(mode))
        }
    }

    /// Only root may give files away.
    @Test(.enabled(if: getuid() == 0)) func aReplacedFileKeepsItsOwnerAndItsGroup() throws {
        try folder.write("old", to: "a")
        #expect(chown(path, 1234, 2345) == 0)
        #expect(chmod(path, 0o640) == 0)
        let replacement = try replacement()
        #expect(replacement.keepsOwner)
        _ = try replacement.commit(over: FileIdentity.of(path)) { path throws(FileError) in path }
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect([status.st_uid, status.st_gid, status.st_mode & 0o777] == [1234, 2345, 0o640])
        #expect(try texts() == ["a": "new"])
    }

    @Test func aWorkingNameIsNeverFollowed() throws {
        try folder.write("a stranger's", to: "victim")
        symlink("victim", path + FileReplacement.suffix)
        #expect(try commit(over: nil) == .nothing)
        #expect(try texts() == ["a": "new", "victim": "a stranger's"])
        // A second name of the same file is none to write to either.
        #expect(link(folder.path + "/victim", path + FileReplacement.suffix) == 0)
        _ = try commit(over: FileIdentity.of(path))
        #expect(try texts() == ["a": "new", "victim": "a stranger's"])
    }

    @Test(arguments: ["target", "other/target", "./other/../other/target"])
    func aLinkStaysAndWhatItLeadsToIsReplaced(target: String) throws {
        try Folder.make(folder.path + "/other")
        try folder.write("old", to: target)
        // A link that leads to a link.
        symlink("b", path)
        symlink(target, folder.path + "/b")
        #expect(try commit(over: FileIdentity.of(path)) == .expected)
        #expect(try folder.bytes(of: target) == Array("new".utf8))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "b")
        #expect(try folder.names(in: "other") == (target == "target" ? [] : ["target"]))
        // What somebody else made of it is kept where it lies.
        try folder.write("edited", to: target)
        let found = try replacement().commit(over: nil) { path throws(FileError) in path + ".copy" }
        guard case .other(let copy) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(try OpenFile.contents(of: copy) == Array("edited".utf8))
        #expect(try folder.names(in: "other").contains("target.copy") == (target != "target"))
    }

    @Test func aLinkThatLeadsNowhereIsNotReplaced() throws {
        symlink("nowhere", path)
        let error = #expect(throws: FileError.self) { try replacement() }
        #expect(error?.description.contains("it leads to nowhere, where nothing is") == true)
        #expect(error?.isMissing == false)
        #expect(try folder.names() == ["a"])
    }

    /// Otherwise whoever can put a link into the folder chooses what the server overwrites.
    @Test(.enabled(if: getuid() == 0), arguments: ["a", "b", "target"])
    func onlyOwnLinksToOwnFilesAreFollowed(foreign: String) throws {
        try folder.write("old", to: "target")
        symlink("b", path)
        symlink("target", folder.path + "/b")
        #expect(lchown(folder.path + "/" + foreign, 1234, 1234) == 0)
        let error = #expect(throws: FileError.self) { try replacement() }
        #expect(error?.description.contains("belongs to user 1234") == true)
        #expect(try folder.names() == ["a", "b", "target"])
    }

    /// It could not even have a second name.
    @Test func aFolderIsKept() throws {
        try Folder.make(path, mode: 0o755)
        #expect(try commit(over: nil) == .other(keptAs: copy))
        #expect(try folder.bytes(of: "a") == Array("new".utf8))
        #expect(try folder.permissions(of: "a") == 0o600)
        #expect(try folder.permissions(of: "a.copy") == 0o755)
    }

    @Test func aFileThatIsEditedBetweenTheLookAndTheExchangeIsKept() throws {
        try folder.write("old", to: "a")
        try folder.write("edited", to: "b")
        let (from, to) = (folder.path + "/b", path)
        let found = try commit(over: FileIdentity.of(path)) { new, old in
            rename(from, to) == 0 && WholeFile.exchange(new, old)
        }
        #expect(found == .other(keptAs: copy))
        #expect(try texts() == ["a": "new", "a.copy": "edited"])
    }

    @Test func whenNoNameIsToBeHadEverythingStays() throws {
        try folder.write("edited", to: "a")
        let replacement = try replacement()
        #expect(throws: FileError.self) {
            try replacement.commit(over: nil) { _ throws(FileError) in
                throw FileError(attempt: "look", code: EIO)
            }
        }
        replacement.discard()
        #expect(try texts() == ["a": "edited"])
    }
}
