import Files
import Glibc
import Logging
import NIOPosix
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Small pictures of the images of a folder, without a server.
struct ThumbnailsTests {
    private let log = CollectedLog()
    private let owner = AccountID(stored: "eva")

    private func run(
        patience: Duration = .seconds(10), keys: ImageKeys? = nil,
        _ body: (Thumbnails, TemporaryFolder, _ makers: NIOThreadPool) async throws -> Void
    ) async throws {
        let (folder, makers) = (try TemporaryFolder(), NIOThreadPool(numberOfThreads: 1))
        makers.start()
        let thumbnails = Thumbnails(
            besideImagesIn: folder.path, abilities: .all, limit: 1_000_000, rule: ThumbnailRule(maxPixels: 1_000_000),
            keys: keys, patience: patience, pool: .singleton, makers: makers, logger: log.logger)
        do {
            try await body(thumbnails, folder, makers)
        } catch {
            try await makers.shutdownGracefully()
            throw error
        }
        try await makers.shutdownGracefully()
    }

    private func ask(
        _ thumbnails: Thumbnails, _ folder: TemporaryFolder, _ name: String, width: Int = 160, keys: ImageKeys? = nil
    ) async throws
        -> StoredImage?
    {
        let file = try #require(try ImageFile(name, in: folder.path, of: owner, keys: keys))
        let image = StoredImage(file, pool: .singleton)
        return try await #require(try await thumbnails.thumbnail(of: name, owner, image, width: width)).open()
    }

    @Test func aDamagedImageIsDecodedOnceAsLongAsItIsRemembered() async throws {
        try await run { thumbnails, folder, _ in
            // Its structure is sound, but nobody can decode its pixels.
            var broken = HandmadePNG(width: 1300, height: 2)
            broken.rows = Array(repeating: 9, count: 10)
            let count = Thumbnails.damagedLimit / ThumbnailKey.widths.count + 1
            for number in 0..<count { try folder.write(broken.bytes, to: "\(number).png") }
            for _ in 0..<3 {
                let small = try await ask(thumbnails, folder, "0.png")
                #expect(small == nil)
            }
            #expect(log.lines(.warning).count == 1)
            for number in 1..<count {
                for width in ThumbnailKey.widths {
                    _ = try await ask(thumbnails, folder, "\(number).png", width: width)
                }
            }
            #expect(log.lines(.warning).count == 1 + Thumbnails.damagedLimit)
            _ = try await ask(thumbnails, folder, "0.png")
            #expect(log.lines(.warning).count == 2 + Thumbnails.damagedLimit)
        }
    }

    @Test func anImageThatWasReplacedIsMadeSmallAnew() async throws {
        try await run { thumbnails, folder, _ in
            try folder.write(try EncodedPNG.bytes(width: 200, height: 20), to: "a.png")
            let first = try await ask(thumbnails, folder, "a.png")
            try folder.write(try EncodedPNG.bytes(width: 320, height: 20), to: "a.png")
            let second = try await ask(thumbnails, folder, "a.png")
            #expect(try #require(first).eTag != #require(second).eTag)
            let picture = try DecodedPNG(await #require(second).read(1_000_000, 0))
            #expect(picture.height == 10)
            #expect(try folder.names(in: Thumbnails.folderName).count == 1)
        }
    }

    @Test func noneIsKeptWhereTheDiskHasLittleRoom() async throws {
        try await run { thumbnails, folder, _ in
            try #require(mount("tmpfs", folder.path, "tmpfs", 0, "size=16m") == 0)
            defer { umount2(folder.path, Int32(MNT_DETACH)) }
            try folder.write(try EncodedPNG.bytes(width: 200, height: 20), to: "a.png")
            let small = try await ask(thumbnails, folder, "a.png")
            #expect(small != nil)
            #expect(try Folder.files(in: folder.path).map(\.name) == ["a.png"])
            #expect(access("\(folder.path)/\(Thumbnails.folderName)", F_OK) != 0)
            #expect(log.lines(.warning).isEmpty)
        }
    }

    @Test func whatCannotBeKeptIsSaidOnce() async throws {
        try await run { thumbnails, folder, _ in
            try folder.write("in the way", to: Thumbnails.folderName)
            for number in 0..<3 {
                try folder.write(try EncodedPNG.bytes(width: 200, height: 20), to: "\(number).png")
                let small = try await ask(thumbnails, folder, "\(number).png")
                #expect(small != nil)
            }
            #expect(log.lines(.warning).map(\.text) == ["Small pictures can't be kept"])
        }
    }
}
