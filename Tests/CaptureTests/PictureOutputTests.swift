import Files
import Glibc
import TestSupport
import Testing

@testable import Capture

struct PictureOutputTests {
    private func append(_ bytes: [UInt8], to output: PictureOutput) {
        bytes.withUnsafeBytes(output.append)
    }

    @Test func aFileHasItsNameOnlyWhenThePictureIsComplete() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/shot.png"
        for content: [UInt8] in [[3, 4, 5], [6]] {
            let before = try OpenFile.contents(of: path)
            let output = try PictureOutput(.path(path))
            append([1, 2], to: output)
            output.restart()
            append(Array(content.prefix(1)), to: output)
            append(Array(content.dropFirst()), to: output)
            #expect(try OpenFile.contents(of: path) == before)
            try output.finish()
            #expect(try OpenFile.contents(of: path) == content)
        }
    }

    @Test func whatIsNeverFinishedLeavesNothing() throws {
        let folder = try TemporaryFolder()
        append([1, 2], to: try PictureOutput(.path(folder.path + "/shot.png")))
        #expect(try Folder.files(in: folder.path).isEmpty)
    }

    @Test func aDeviceGetsWhatIsCompleteAndItsRefusalIsAnError() throws {
        let output = try PictureOutput(.path("/dev/full"))
        append([1], to: output)
        #expect(throws: FileError(attempt: "write /dev/full", code: ENOSPC)) { try output.finish() }
    }
}
