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
    static let picture = SamplePicture(
        .init(color: 2, depth: 8), PictureSize(width: 190, height: 110), seed: 5)
    static let target = PictureSize(width: 160, height: 93)

    func run(
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

    func kept(_ folders: TestFolders) throws -> [Folder.Entry] {
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
}
