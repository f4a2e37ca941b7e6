import Files
import Glibc
import TestSupport
import Testing

@Suite struct WholeFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ bytes: [UInt8], to name: String) throws(FileError) {
        try WholeFile.write(bytes.span, to: "\(folder.path)/\(name)", mode: 0o600)
    }

    @Test func aNewFileHasItsBytesAndItsMode() throws {
        try write([1, 2, 3], to: "a")
        #expect(try folder.bytes(of: "a") == [1, 2, 3])
        #expect(try folder.permissions(of: "a") == 0o600)
        try write([], to: "empty")
        #expect(try folder.bytes(of: "empty") == [])
        #expect(try folder.names() == ["a", "empty"])
    }

    @Test func anOldFileIsReplacedWhileItsReadersKeepWhatTheyOpened() throws {
        try write([1, 2, 3], to: "a")
        let reader = try OpenFile("\(folder.path)/a", O_RDONLY)
        try write([4], to: "a")
        #expect(try reader.read(count: 10, from: 0) == [1, 2, 3])
        #expect(try folder.bytes(of: "a") == [4])
        #expect(try folder.names() == ["a"])
    }

    @Test func aFolderIsNotReplacedAndNothingIsLeftBeside() throws {
        try Folder.make("\(folder.path)/a", mode: 0o700)
        let error = #expect(throws: FileError.self) { try write([1], to: "a") }
        #expect(error?.code == EISDIR)
        #expect(try folder.names() == ["a"])
    }

    @Test func aNameOfTheFullLengthIsWritten() throws {
        let name = String(repeating: "n", count: 255)
        try write([1], to: name)
        try write([2], to: name)
        #expect(try folder.bytes(of: name) == [2])
    }

    @Test func aMissingFolderIsAnErrorThatNamesTheFile() {
        #expect(throws: FileError(attempt: "write \(folder.path)/none/a", code: ENOENT)) {
            try write([1], to: "none/a")
        }
    }

    @Test func foldersAreMadeDownToTheLast() throws {
        try Folder.make("\(folder.path)/a/b/c/", mode: 0o700)
        try Folder.make("\(folder.path)/a/b", mode: 0o700)
        #expect(try folder.names(in: "a/b") == ["c"])
        try folder.write([1, 2], to: "a/file")
        #expect(try Folder.files(in: "\(folder.path)/a") == [Folder.Entry(name: "file", size: 2)])
    }
}
