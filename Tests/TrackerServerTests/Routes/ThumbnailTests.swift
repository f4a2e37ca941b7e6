import Files
import Foundation
import JSON
import Logging
import Pictures
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// `GET /uploads/{name}?width=W`: pictures in small.
struct ThumbnailTests {
    private static let picture = SamplePicture(
        .init(color: 2, depth: 8), PictureSize(width: 190, height: 110), seed: 5)
    private static let target = PictureSize(width: 160, height: 93)

    private func run(
        _ images: [[UInt8]] = [picture.png], folders: TestFolders? = nil, _ settings: [String: String] = [:],
        deadlines: Deadlines = Deadlines(),
        _ body: @escaping @Sendable (TestServer, _ paths: [String], _ eva: Person) async throws -> Void
    ) async throws {
        try await TestServer.run(settings, folders: folders, deadlines: deadlines) { server in
            let eva = try await server.employee("eva")
            var paths: [String] = []
            for image in images {
                let reply = try await server.upload(.image(image), as: eva)
                paths.append("/" + (try #require(try reply[member: "file"]?.text, "\(reply.text)")))
            }
            try await body(server, paths, eva)
        }
    }

    private func kept(_ folders: TestFolders) throws -> [Folder.Entry] {
        try Folder.files(in: folders.uploads + "/" + Thumbnails.folderName)
    }

    // MARK: What is sent

    @Test func thePictureIsAveragedOverAreas() async throws {
        try await run { server, paths, eva in
            for person in [eva, try await server.manager(), try await server.admin()] {
                let reply = try await server.get(paths[0] + "?width=160", as: person)
                reply.expect(200)
                #expect(reply["content-type"] == "image/png")
                #expect(reply["cache-control"] == "private, max-age=300")
                let small = try DecodedPNG(reply.body)
                #expect(PictureSize(width: small.width, height: small.height) == Self.target)
                let exact = ExactAverage.of(Self.picture.size, to: Self.target, Self.picture.colour)
                #expect(ExactAverage.distance(small.rgb, exact) <= 0.5 + 1e-9)
            }
        }
    }

    /// Who scrolls back asks for nothing; who signs in after somebody else does. What can be read on it is asked for each time.
    @Test(arguments: [
        (160, "private, max-age=300"), (320, "private, max-age=300"), (640, "private, no-cache"),
        (1280, "private, no-cache"),
    ])
    func aPictureOfAGridMayBeShownAgainForAWhile(width: Int, caching: String) async throws {
        try await run { server, paths, eva in
            let reply = try await server.get(paths[0] + "?width=\(width)", as: eva)
            #expect(reply["cache-control"] == caching)
            #expect(reply["vary"] == "Authorization, Cookie")
            let path = paths[0] + "?width=\(width)"
            let known = try await server.get(path, as: eva, headers: ["If-None-Match": try #require(reply["etag"])])
            #expect(known.status == 304)
            #expect(known["cache-control"] == caching)
            #expect(known["vary"] == "Authorization, Cookie")
        }
    }

    @Test func itHasAValidatorOfItsOwn() async throws {
        try await run { server, paths, eva in
            let image = try await server.get(paths[0], as: eva)
            let small = try await server.get(paths[0] + "?width=160", as: eva)
            let eTag = try #require(small["etag"])
            #expect(eTag != image["etag"])
            for known in [eTag, "W/\(eTag)", "\"x\", \(eTag)"] {
                let reply = try await server.get(
                    paths[0] + "?width=160", as: eva, headers: ["If-None-Match": known])
                reply.expect(304)
                #expect(reply["etag"] == eTag)
                #expect(reply.body.isEmpty)
            }
            let imageTag = try #require(image["etag"])
            try await server.get(paths[0] + "?width=160", as: eva, headers: ["If-None-Match": imageTag]).expect(200)
            try await server.get(paths[0], as: eva, headers: ["If-None-Match": eTag]).expect(200)
        }
    }

    @Test func whoHasItAlreadyNeedsNobodyToMakeIt() async throws {
        try await run { server, paths, eva in
            let eTag = try #require(try await server.get(paths[0] + "?width=160", as: eva)["etag"])
            try FileManager.default.removeItem(atPath: server.folders.uploads + "/" + Thumbnails.folderName)
            try await server.get(paths[0] + "?width=160", as: eva, headers: ["If-None-Match": eTag]).expect(304)
            #expect(throws: FileError.self) { try kept(server.folders) }
        }
    }

    @Test func headAndRangesWorkAsForImages() async throws {
        try await run { server, paths, eva in
            let whole = try await server.get(paths[0] + "?width=160", as: eva)
            let head = try await server.send("HEAD", paths[0] + "?width=160", as: eva)
            head.expect(200)
            #expect(head["content-length"] == "\(whole.body.count)")
            #expect(head["etag"] == whole["etag"])
            let part = try await server.get(paths[0] + "?width=160", as: eva, headers: ["Range": "bytes=8-20"])
            part.expect(206)
            #expect(part.body == Array(whole.body[8...20]))
            #expect(part["content-range"] == "bytes 8-20/\(whole.body.count)")
            try await server.get(paths[0] + "?width=160", as: eva, headers: ["Range": "bytes=9999999-"])
                .expectError(416, "range_not_satisfiable")
        }
    }

    @Test func whatCannotBeMadeSmallerIsSentAsItIs() async throws {
        let narrow = try EncodedPNG.bytes(width: 160, height: 20)
        // Its structure is sound, but nobody can decode its 190 x 110 pixels.
        var broken = HandmadePNG(width: 190, height: 110)
        broken.rows = Array(repeating: 9, count: 1000)
        let images = [TestImage.jpeg, narrow, broken.bytes]
        try await run(images) { server, paths, eva in
            for _ in 0..<2 {
                for (path, image) in zip(paths, images) {
                    let whole = try await server.get(path, as: eva)
                    let reply = try await server.get(path + "?width=160", as: eva)
                    reply.expect(200)
                    #expect(reply.body == image)
                    #expect(reply["content-type"] == whole["content-type"])
                    #expect(reply["etag"] == whole["etag"])
                }
            }
            try await server.get(paths[1] + "?width=1280", as: eva).expect(200)
        }
    }

    /// A small file may say that it has very many pixels.
    @Test func imagesOfTooManyPixelsStayAsTheyAre() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await run(folders: folders) { _, _, _ in }
        try await TestServer.run(["MAX_IMAGE_PIXELS": "20000"], folders: folders) { server in
            let eva = try await server.login("eva")
            let file = try #require(
                try await server.get(APIPath.uploadsList, as: eva).json.array?[0].object?["file"]?.text)
            let reply = try await server.get("/\(file)?width=160", as: eva)
            #expect(reply.body == Self.picture.png)
        }
    }

    // MARK: Bad input, and rights

    @Test(arguments: [
        "width=", "width", "width=0", "width=1000000000", "width=161", "width=0160", "width=+160", "width=-160",
        "width=160.0", "width=wide", "width=160px", "width=%20160", "width=99999999999999999999",
    ])
    func anotherWidthIsRefused(query: String) async throws {
        try await run { server, paths, eva in
            let reply = try await server.get(paths[0] + "?" + query, as: eva)
            try reply.expectError(400, "invalid_field")
            #expect(reply.text.contains("160, 320, 640, 1280"))
        }
    }

    @Test func aWidthStandsAlone() async throws {
        try await run { server, paths, eva in
            for query in ["width=160&width=160", "width=160&%77idth=320", "width&width=160"] {
                try await server.get(paths[0] + "?" + query, as: eva).expectError(400, "invalid_field")
            }
            try await server.get(paths[0] + "?width=160&x=%zz", as: eva).expectError(400, "bad_request")
            let reply = try await server.get(paths[0] + "?x=1&%77idth=160&x=2&Width=7", as: eva)
            #expect(try DecodedPNG(reply.body).width == 160)
        }
    }

    @Test func rightsAreThoseOfTheImage() async throws {
        try await run { server, paths, _ in
            try await server.get(paths[0] + "?width=160").expectError(401, "unauthorized")
            let zoe = try await server.employee("zoe")
            for path in [paths[0], "/uploads/nothing.png", "/uploads/index.json", "/uploads/.thumbnails"] {
                try await server.get(path + "?width=160", as: zoe).expectError(404, "not_found")
            }
            // Who gets an account that was there before sees nothing of the one before.
            let admin = try await server.admin()
            try await server.get(paths[0] + "?width=160", as: admin).expect(200)
            try await server.delete(server.path(ofEmployee: "eva"), as: admin).expect(204)
            server.clock.advance(seconds: 60)
            let second = try await server.employee("eva")
            try await server.get(paths[0] + "?width=160", as: second).expectError(404, "not_found")
            let name = try #require(try kept(server.folders).first?.name)
            try await server.get("/uploads/.thumbnails%2f\(name)", as: admin).expectError(404, "not_found")
            try await server.get("/uploads/.thumbnails/\(name)", as: admin).expectError(404, "not_found")
        }
    }

    // MARK: Many at once

    @Test func manyWhoAskAtOnceGetTheSame() async throws {
        try await run { server, paths, eva in
            let bodies = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for _ in 0..<50 {
                    group.addTask { try await server.get(paths[0] + "?width=160", as: eva).body }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(bodies.count == 1)
            #expect(try DecodedPNG(bodies.first ?? []).width == 160)
            #expect(try kept(server.folders).count == 1)
        }
    }

    /// Patience is over at once: of many that differ, only the first are begun before.
    @Test func whoseTurnDoesNotComeIsToldToComeAgain() async throws {
        var deadlines = Deadlines()
        deadlines.thumbnail = .zero
        let image = try EncodedPNG.bytes(width: 1300, height: 300)
        try await run(Array(repeating: image, count: 10), deadlines: deadlines) { server, paths, eva in
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for path in paths {
                    for width in ThumbnailKey.widths {
                        group.addTask { try await server.get("\(path)?width=\(width)", as: eva) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let late = replies.filter { $0.status != 200 }
            #expect(!late.isEmpty)
            for reply in late {
                try reply.expectError(503, "busy")
                #expect(reply["retry-after"] == "5")
            }
        }
    }

    // MARK: What is kept

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
