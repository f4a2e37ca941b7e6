import Glibc
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

    private func replacement() throws -> FileReplacement {
        try FileReplacement(of: path, mode: 0o600) { file throws(FileError) in try file.write(Array("new".utf8).span) }
    }

    private func commit(
        over expected: FileIdentity?, exchange: (String, String) -> Bool = WholeFile.exchange
    ) throws -> FileReplacement.Found {
        let copy = copy
        return try replacement().commit(
            over: expected, keepingOthersAs: { () throws(FileError) in copy }, exchange: exchange)
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
            try replacement.commit(over: nil) { () throws(FileError) in
                throw FileError(attempt: "look", code: EIO)
            }
        }
        replacement.discard()
        #expect(try texts() == ["a": "edited"])
    }
}
