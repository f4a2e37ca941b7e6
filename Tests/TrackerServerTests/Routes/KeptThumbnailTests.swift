import Files
import Foundation
import JSON
import Logging
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Which small pictures are kept on disk, and how long.
extension ThumbnailTests {
    @Test func itIsKeptOverAStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await run(folders: folders) { server, paths, eva in
            try await server.get(paths[0] + "?width=160", as: eva).expect(200)
        }
        let name = try #require(try kept(folders).first?.name)
        let path = "\(folders.uploads)/\(Thumbnails.folderName)/\(name)"
        let before = try #require(try PlainFile.at(path))
        try await served(from: folders)
        #expect(try PlainFile.at(path) == before)
        #expect(try Folder.permissions(of: path) == 0o600)
        #expect(try Folder.permissions(of: folders.uploads + "/" + Thumbnails.folderName) == 0o700)
    }

    /// Starts a server there and asks it for the small picture.
    private func served(from folders: TestFolders) async throws {
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.login("eva")
            let image = try #require(try await server.get(APIPath.uploadsList, as: eva).json.array?[0].object)
            let reply = try await server.get("/\(image["file"]?.text ?? "")?width=160", as: eva)
            #expect(try DecodedPNG(reply.body).width == 160)
        }
    }

    @Test(arguments: ["cut off", "other pixels", "another picture", "nothing", "a link", "a folder"])
    func aWrongFileAmongThemIsMadeAnew(wrong: String) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await run(folders: folders) { server, paths, eva in
            try await server.get(paths[0] + "?width=160", as: eva).expect(200)
        }
        let folder = folders.uploads + "/" + Thumbnails.folderName
        let path = "\(folder)/\(try #require(try kept(folders).first?.name))"
        var bytes = try #require(try OpenFile.contents(of: path))
        switch wrong {
        case "cut off": bytes.removeLast(20)
        case "other pixels": bytes[bytes.count / 2] ^= 1
        case "another picture": bytes = try EncodedPNG.bytes()
        default: bytes = []
        }
        try FileManager.default.removeItem(atPath: path)
        switch wrong {
        case "a link": try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        case "a folder": try Folder.make(path)
        default: try Data(bytes).write(to: URL(fileURLWithPath: path))
        }
        try Data("a note".utf8).write(to: URL(fileURLWithPath: folder + "/notes.txt"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/.arriving-1"))
        try await served(from: folders)
        let stays = wrong == "a folder" ? ["notes.txt"] : ["notes.txt", (path as NSString).lastPathComponent].sorted()
        #expect(try kept(folders).map(\.name).sorted() == stays)
    }

    @Test func whatLiesInTheWayOfTheFolderHarmsNobody() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write("no folder", to: "images/" + Thumbnails.folderName)
        try await run(folders: folders) { server, paths, eva in
            let reply = try await server.get(paths[0] + "?width=160", as: eva)
            #expect(try DecodedPNG(reply.body).width == 160)
        }
        #expect(try folders.text("images/" + Thumbnails.folderName) == "no folder")
    }

    @Test func theyGoWithTheirImage() async throws {
        let wide = try EncodedPNG.bytes(width: 400, height: 100)
        try await run([wide, Self.picture.png]) { server, paths, eva in
            for path in paths {
                for width in [160, 320] { try await server.get("\(path)?width=\(width)", as: eva).expect(200) }
            }
            let name = String(paths[0].dropFirst("/uploads/".count))
            #expect(try kept(server.folders).count == 3)
            let isGone = await server.environment.images.remove(name)
            #expect(isGone)
            #expect(try kept(server.folders).count == 1)
            #expect(try !kept(server.folders)[0].name.hasPrefix(name))
        }
    }

    @Test func theyGoWhenTheImageIsTooOld() async throws {
        try await run { server, paths, eva in
            try await server.get(paths[0] + "?width=160", as: eva).expect(200)
            server.clock.advance(seconds: 31 * 86_400)
            try await ImageRetention(
                RetentionRule(days: 30), environment: server.environment, logger: .silent, pause: .zero
            ).removeOldImages()
            #expect(try kept(server.folders) == [])
        }
    }

    @Test func whatIsLeftOfImagesThatAreGoneGoesAtTheStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await run(folders: folders) { server, paths, eva in
            try await server.get(paths[0] + "?width=160", as: eva).expect(200)
        }
        let name = try #require(try kept(folders).first?.name)
        // Of an image that the index does not know, and of one that is not in its folder any more.
        try Data("x".utf8).write(
            to: URL(fileURLWithPath: "\(folders.uploads)/\(Thumbnails.folderName)/other.png.1-2-160"))
        try await TestServer.run(folders: folders) { _ in }
        #expect(try kept(folders).map(\.name) == [name])
        let image = try #require(try folders.names(in: "images").first { $0.hasSuffix(".png") })
        try FileManager.default.removeItem(atPath: folders.uploads + "/" + image)
        try await TestServer.run(folders: folders) { _ in }
        #expect(try kept(folders) == [])
    }

    @Test func theLeastRecentlyUsedGivesWayToTheLimit() async throws {
        let size = try PictureReduction.png(
            of: ByteWindow(Self.picture.png), from: Self.picture.size, to: Self.target
        ).count
        let limit = ["THUMBNAIL_CACHE_BYTES": "\(size * 2)"]
        try await run(Array(repeating: Self.picture.png, count: 3), limit) { server, paths, eva in
            for number in [0, 1, 0, 2] {
                try await server.get(paths[number] + "?width=160", as: eva).expect(200)
            }
            let names = try kept(server.folders).map(\.name)
            #expect(names.count == 2)
            for number in [0, 2] {
                #expect(names.contains { $0.hasPrefix(String(paths[number].dropFirst("/uploads/".count))) })
            }
        }
    }

    @Test func noneIsKeptWithoutRoomForThem() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await run(folders: folders) { server, paths, eva in
            try await server.get(paths[0] + "?width=160", as: eva).expect(200)
        }
        try await TestServer.run(["THUMBNAIL_CACHE_BYTES": "0"], folders: folders) { server in
            #expect(try kept(folders) == [])
            let eva = try await server.login("eva")
            let image = try #require(try await server.get(APIPath.uploadsList, as: eva).json.array?[0].object)
            let path = "/\(image["file"]?.text ?? "")?width=160"
            let reply = try await server.get(path, as: eva)
            #expect(try DecodedPNG(reply.body).width == 160)
            let part = try await server.get(path, as: eva, headers: ["Range": "bytes=-9"])
            #expect(part.body == reply.body.suffix(9))
            #expect(try kept(folders) == [])
        }
    }

    @Test(arguments: ["-1", "1099511627777", "many", "1e6"])
    func anotherSizeOfTheCacheIsRefused(text: String) {
        #expect(throws: (any Error).self) {
            try ServerConfiguration(try Settings(environment: ["THUMBNAIL_CACHE_BYTES": text]))
        }
    }
}

extension CommandTests {
    @Suite struct VerifyThumbnails {
        @Test func verifyHasNothingToSayOfThem() async throws {
            try await TestFolders.with { folders in
                try await TestServer.run(folders: folders) { server in
                    let eva = try await server.employee("eva")
                    let reply = try await server.upload(.image(try EncodedPNG.bytes(width: 200, height: 20)), as: eva)
                    let file = try #require(try reply[member: "file"]?.text)
                    try await server.get("/\(file)?width=160", as: eva).expect(200)
                }
                for name in ["wrong.png.1-2-160", "notes.txt", "picture.png"] {
                    try folders.write("x", to: "images/\(Thumbnails.folderName)/\(name)")
                }
                let result = try await folders.run(["verify"])
                #expect(result.code == 0, "\(result.errors)")
                #expect(result.output == "2 accounts, 0 sessions, 1 image: nothing is wrong.\n")
            }
        }
    }
}
