import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Files

/// Both with files that have no name and as on a file system that has none.
struct UnnamedFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func file(isNameless: Bool, _ bytes: [UInt8] = [1, 2, 3]) throws -> UnnamedFile {
        let file =
            isNameless
            ? try UnnamedFile(in: folder.path, mode: 0o600, passingName: ".passing")
            : try UnnamedFile(passingPath: folder.path + "/.passing", mode: 0o600)
        try file.file.write(bytes.span)
        return file
    }

    @Test(arguments: [true, false]) func onlyTheNameIsLeft(isNameless: Bool) throws {
        let file = try file(isNameless: isNameless)
        #expect(try folder.names() == (isNameless ? [] : [".passing"]))
        #expect(try file.name(folder.path + "/a"))
        #expect(try folder.names() == ["a"])
        try file.discard()
        #expect(try folder.bytes(of: "a") == [1, 2, 3])
        #expect(try folder.permissions(of: "a") == 0o600)
    }

    @Test(arguments: [true, false]) func aNameThatIsTakenIsLeftAlone(isNameless: Bool) throws {
        try folder.write("old", to: "a")
        let file = try file(isNameless: isNameless)
        #expect(try !file.name(folder.path + "/a"))
        #expect(try folder.bytes(of: "a") == Array("old".utf8))
        #expect(try file.name(folder.path + "/b"))
        #expect(try folder.names() == ["a", "b"])
    }

    @Test(arguments: [true, false]) func aNameCanBeTakenFromAnotherFile(isNameless: Bool) throws {
        for content in [[1], [2]] as [[UInt8]] {
            try file(isNameless: isNameless, content).replace(folder.path + "/a")
            #expect(try folder.bytes(of: "a") == content)
            #expect(try folder.names() == ["a"])
        }
    }

    @Test(arguments: [true, false]) func whatGetsNoNameIsGone(isNameless: Bool) throws {
        let discarded = try file(isNameless: isNameless)
        try discarded.discard()
        #expect(try folder.names() == [])
        #expect(try discarded.file.size() == 0)
        _ = try file(isNameless: isNameless)
        #expect(try folder.names() == [])
    }

    @Test func aFolderThatIsMissingIsAnError() throws {
        #expect(throws: FileError.self) {
            try UnnamedFile(in: folder.path + "/none", mode: 0o600, passingName: ".passing")
        }
        let file = try file(isNameless: true)
        #expect(throws: FileError.self) { try file.name(folder.path + "/none/a") }
    }
}
