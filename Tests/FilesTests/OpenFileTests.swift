import Glibc
import TestSupport
import Testing

@testable import Files

/// What is read is a file, and no longer than was agreed.
struct OpenFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/a" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func reason() -> String? {
        let error = #expect(throws: FileError.self) { try OpenFile.contents(of: path) }
        return error?.reason
    }

    @Test func aFileThatIsMissingHasNoContents() throws {
        #expect(try OpenFile.contents(of: path) == nil)
    }

    @Test(arguments: [0, 1, 1_700_000_000_123_456_789, -1, -1_000_000_001])
    func aFileHasTheTimeThatItIsGiven(time: Int64) throws {
        try folder.write("a", to: "a")
        let file = try OpenFile(path, O_RDWR)
        let reading = try file.status().st_atim
        try file.setModificationTime(time)
        #expect(try file.modificationTime() == time)
        #expect(try file.status().st_atim.tv_nsec == reading.tv_nsec)
    }

    /// A pipe would be waited for, and of a device there is no end.
    @Test func whatIsNoFileIsNotOpened() throws {
        #expect(mkfifo(path, 0o600) == 0)
        #expect(reason() == "it is a pipe, not a file")
        unlink(path)
        mkdir(path, 0o700)
        #expect(reason() == "it is a folder, not a file")
        rmdir(path)
        symlink("/dev/zero", path)
        #expect(reason() == "it is a device, not a file")
        unlink(path)
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        #expect(reason() == "it is a socket, not a file")
    }

    @Test func aLinkThatLeadsNowhereIsNoMissingFile() throws {
        symlink("none", path)
        #expect(reason()?.hasPrefix("it leads to none, where nothing is") == true)
        try folder.write("x", to: "none")
        #expect(try OpenFile.contents(of: path) == [UInt8(ascii: "x")])
    }

    /// 20 GiB that take no room on the disk would all be read into memory.
    @Test func aFileThatIsTooLongIsNotRead() throws {
        try folder.write("12345", to: "a")
        #expect(try OpenFile.contents(of: path, limit: 5)?.count == 5)
        #expect(truncate(path, 20 << 30) == 0)
        let error = #expect(throws: FileError.self) { try OpenFile.contents(of: path, limit: 5) }
        #expect(error?.description == "Cannot read \(path): it has 21474836480 bytes, and at most 5 are read.")
    }
}
