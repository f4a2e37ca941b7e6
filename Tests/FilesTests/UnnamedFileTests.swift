import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Files

/// Both with files that have no name and as on file systems that lack them, and more.
struct UnnamedFileTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    enum Way: CaseIterable {
        case nameless, exclusiveRename, link, plainRename

        var abilities: FolderAbilities {
            var abilities = FolderAbilities.all
            abilities.namelessFiles = self == .nameless
            abilities.exclusiveRenames = self == .exclusiveRename
            abilities.links = self == .link
            return abilities
        }
    }

    private func file(_ way: Way, _ bytes: [UInt8] = [1, 2, 3]) throws -> UnnamedFile {
        let file = try UnnamedFile(
            in: folder.path, mode: 0o600, passingName: ".passing", abilities: way.abilities)
        try file.file.write(bytes.span)
        return file
    }

    @Test(arguments: Way.allCases) func onlyTheNameIsLeft(way: Way) throws {
        let file = try file(way)
        #expect(try folder.names() == (way == .nameless ? [] : [".passing"]))
        #expect(try file.name(folder.path + "/a"))
        #expect(try folder.names() == ["a"])
        try file.discard()
        #expect(try folder.bytes(of: "a") == [1, 2, 3])
        #expect(try folder.permissions(of: "a") == 0o600)
    }

    @Test(arguments: Way.allCases) func aNameThatIsTakenIsLeftAlone(way: Way) throws {
        try folder.write("old", to: "a")
        let file = try file(way)
        #expect(try !file.name(folder.path + "/a"))
        #expect(try folder.bytes(of: "a") == Array("old".utf8))
        #expect(try file.name(folder.path + "/b"))
        #expect(try folder.names() == ["a", "b"])
    }

    @Test(arguments: Way.allCases) func aNameCanBeTakenFromAnotherFile(way: Way) throws {
        for content in [[1], [2]] as [[UInt8]] {
            try file(way, content).replace(folder.path + "/a")
            #expect(try folder.bytes(of: "a") == content)
            #expect(try folder.names() == ["a"])
        }
    }

    @Test(arguments: Way.allCases) func whatGetsNoNameIsGone(way: Way) throws {
        let discarded = try file(way)
        try discarded.discard()
        #expect(try folder.names() == [])
        #expect(try discarded.file.size() == 0)
        _ = try file(way)
        #expect(try folder.names() == [])
    }

    /// It may lead anywhere.
    @Test func aPassingNameThatIsALinkIsNotFollowed() throws {
        try folder.write("old", to: "victim")
        symlink("victim", folder.path + "/.passing")
        #expect(throws: FileError.self) { try file(.plainRename) }
        #expect(try folder.bytes(of: "victim") == Array("old".utf8))
    }

    @Test func aFolderThatIsMissingIsAnError() throws {
        #expect(throws: FileError.self) {
            try UnnamedFile(in: folder.path + "/none", mode: 0o600, passingName: ".passing")
        }
        let file = try file(.nameless)
        #expect(throws: FileError.self) { try file.name(folder.path + "/none/a") }
    }
}
