import Glibc
import TestSupport
import Testing

@testable import Files

struct FolderTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// The folders that are flushed while the folder of that name is made, in order; seen from the test's own.
    private func flushed(_ name: String) throws -> [String] {
        var flushed: [String] = []
        try Folder.make(folder.path + "/" + name, mode: 0o700) { path throws(FileError) in
            flushed.append(String(path.dropFirst(folder.path.count)))
        }
        return flushed
    }

    @Test func theNameOfEachNewFolderIsBroughtToTheDisk() throws {
        #expect(try flushed("a") == [""])
        #expect(try flushed("a/b/c") == ["/a", "/a/b"])
        #expect(try flushed("a/b/d/") == ["/a/b"])
        #expect(try flushed("e/f//") == ["", "/e"])
        #expect(try flushed("a/b/c") == [])
        #expect(try folder.names(in: "a/b") == ["c", "d"])
    }

    @Test func aFolderWhoseNameMayBeLostIsAnError() throws {
        let failure = FileError(attempt: "flush", code: EIO)
        #expect(throws: failure) {
            try Folder.make(folder.path + "/a", mode: 0o700) { _ throws(FileError) in throw failure }
        }
    }

    @Test func aBareNameIsMadeWhereTheProcessIs() throws {
        let error = #expect(throws: FileError.self) { try Folder.make("", mode: 0o700) }
        #expect(error?.code == ENOENT)
        try Folder.make("/", mode: 0o700)
        try Folder.make(".", mode: 0o700)
    }
}
