import Files
import Foundation
import JSON
import Pictures
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// A server with UPLOAD_KEY_FILE: what clients see is what they always saw, and the disk has nothing for strangers.
struct EncryptedUploadTests {
    private static let segment = SegmentLayout.plainSegment
    private static let picture = SamplePicture(
        .init(color: 2, depth: 8), PictureSize(width: 190, height: 110), seed: 5)

    private func run(
        folders given: TestFolders? = nil, _ settings: [String: String] = [:],
        _ body: @escaping @Sendable (TestServer, _ eva: Person) async throws -> Void
    ) async throws {
        let folders = try given ?? TestFolders()
        defer { if given == nil { folders.remove() } }
        let settings = try folders.keySetting().merging(settings) { $1 }
        try await TestServer.run(settings, folders: folders) { server in
            try await body(server, try await server.employee("eva"))
        }
    }

    private static func store(
        _ image: [UInt8], _ server: TestServer, as person: Person, key: String? = nil
    ) async throws -> String {
        let headers = key.map { ["Idempotency-Key": $0] } ?? [:]
        let reply = try await server.upload(.image(image), as: person, headers: headers)
        return "/" + (try #require(try reply[member: "file"]?.text, "\(reply.text)"))
    }

    /// Every file in and below the upload folder.
    private static func files(_ folders: TestFolders) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folders.uploads) {
            let path = folders.uploads + "/" + name
            if let isPlain = PlainFile.isPlain(path), isPlain { files[name] = try OpenFile.contents(of: path) }
        }
        return files
    }

    private static func path(_ path: String, in folders: TestFolders) -> String {
        folders.uploads + "/" + path.dropFirst("/uploads/".count)
    }

    @Test(arguments: [
        100, segment - 1, segment, segment + 1, 4 * segment, 4 * segment + 1, 524_288, 524_289, 1_500_000,
    ])
    func clientsGetTheBytesThatTheySent(size: Int) async throws {
        try await run { server, eva in
            let image = TestImage.png(ofSize: size)
            let path = try await Self.store(image, server, as: eva)
            let whole = try await server.get(path, as: eva)
            #expect(whole.status == 200)
            let isSame = whole.body == image
            #expect(isSame)
            #expect(whole["content-type"] == "image/png")
            let head = try await server.send("HEAD", path, as: eva)
            #expect(head["content-length"] == "\(size)")
            #expect(head["etag"] == whole["etag"])
            try await server.get(path, as: eva, headers: ["If-None-Match": whole["etag"] ?? ""]).expect(304)
            let ranges = [
                0..<1, 0..<size, size - 1..<size, size / 2..<size / 2 + 1, max(0, size - 70_000)..<size - 1,
                min(size - 1, Self.segment - 1)..<min(size, Self.segment + 1),
            ]
            for range in ranges {
                let part = try await server.get(
                    path, as: eva, headers: ["Range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
                #expect(part.status == 206)
                #expect(part["content-range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
                let isPart = part.body == Array(image[range])
                #expect(isPart, "\(range)")
            }
            let suffix = try await server.get(path, as: eva, headers: ["Range": "bytes=-33"])
            #expect(suffix.body == Array(image.suffix(33)))
            try await server.get(path, as: eva, headers: ["Range": "bytes=\(size)-"]).expectError(
                416, "range_not_satisfiable")
            let file = try #require(try OpenFile.contents(of: Self.path(path, in: server.folders)))
            #expect(file.count == SegmentLayout(plainSize: size).fileSize)
            #expect(EncryptedHeader.isEncrypted(file))
        }
    }

    @Test func theUploadFolderHoldsNoPicture() async throws {
        try await run { server, eva in
            let images = [TestImage.png, TestImage.jpeg, TestImage.png(ofSize: 700_000), Self.picture.png]
            for image in images { _ = try await Self.store(image, server, as: eva) }
            let path = try await Self.store(Self.picture.png, server, as: try await server.employee("zoe"))
            let small = try await server.get(path + "?width=160", as: try await server.manager())
            #expect(try DecodedPNG(small.body).width == 160)
            let files = try Self.files(server.folders)
            #expect(files.keys.count { $0.hasPrefix(Thumbnails.folderName) } == 1)
            // Eight bytes that are there by chance would be one in billions.
            let marks = images.flatMap { image in
                [0, 8, image.count / 2, image.count - 8].map { Array(image[$0..<$0 + 8]) }
            }
            for (name, bytes) in files {
                for mark in marks { #expect(Data(bytes).range(of: Data(mark)) == nil, "\(name)") }
            }
            // From the file that is kept, and as without a key.
            #expect(try await server.get(path + "?width=160", as: try await server.login("zoe")).body == small.body)
        }
    }

    @Test func imagesOutliveARestartAndSoDoSmallPictures() async throws {
        try await TestFolders.with { folders in
            let image = Self.picture.png
            try await run(folders: folders) { server, eva in
                let path = try await Self.store(image, server, as: eva)
                try await server.get(path + "?width=160", as: eva).expect(200)
            }
            let before = try Self.files(folders)
            try await TestServer.run(try folders.keySetting(), folders: folders) { server in
                let eva = try await server.login("eva")
                let path = "/uploads/" + (try #require(try server.storedImages().first { $0.hasSuffix(".png") }))
                #expect(try await server.get(path, as: eva).body == image)
                #expect(try await DecodedPNG(server.get(path + "?width=160", as: eva).body).width == 160)
            }
            #expect(try Self.files(folders) == before)
        }
    }

    @Test func imagesFromBeforeTheKeyAreServedAsTheyAre() async throws {
        try await TestFolders.with { folders in
            let image = Self.picture.png
            try await TestServer.run(folders: folders) { server in
                let eva = try await server.employee("eva")
                let path = try await Self.store(image, server, as: eva)
                try await server.get(path + "?width=160", as: eva).expect(200)
            }
            try await TestServer.run(try folders.keySetting(), folders: folders) { server in
                let eva = try await server.login("eva")
                let old = try #require(try server.storedImages().first { $0.hasSuffix(".png") })
                let new = try await Self.store(image, server, as: eva)
                for path in ["/uploads/" + old, new] {
                    #expect(try await server.get(path, as: eva).body == image)
                    #expect(try await DecodedPNG(server.get(path + "?width=160", as: eva).body).width == 160)
                }
            }
            // What was kept in small without encryption went with its first use.
            for (name, bytes) in try Self.files(folders) where name.hasPrefix(Thumbnails.folderName + "/") {
                #expect(EncryptedHeader.isEncrypted(bytes), "\(name)")
            }
        }
    }

    @Test func aRepeatedUploadIsComparedWithWhatWasSent() async throws {
        try await run { server, eva in
            for (number, size) in [100, Self.segment, 600_000].enumerated() {
                let key = "0000000\(number)-0000-4000-8000-000000000000"
                let image = TestImage.png(ofSize: size)
                let first = try await Self.store(image, server, as: eva, key: key)
                #expect(try await Self.store(image, server, as: eva, key: key) == first)
                for change in [0, size - EncodedPNG.overhead - 1] {
                    let other = TestImage.png(ofSize: size, changedAt: change)
                    try await server.upload(.image(other), as: eva, headers: ["Idempotency-Key": key])
                        .expectError(409, "conflict")
                }
                #expect(try server.storedImages().count { $0.contains(key) } == 1)
            }
        }
    }

    @Test func namesThatAreTakenMoveOn() async throws {
        try await run { server, eva in
            // The clock stands: all want the same name, and a file has the next one, too.
            try server.folders.write("in the way", to: "images/2026-03-02T08-00-00-001Z-screenshot.png")
            let images = [100, 200, 600_000].map { TestImage.png(ofSize: $0) }
            var paths: [String] = []
            for image in images { paths.append(try await Self.store(image, server, as: eva)) }
            #expect(Set(paths).count == 3)
            for (path, image) in zip(paths, images) { #expect(try await server.get(path, as: eva).body == image) }
        }
    }

    @Test func anImageWhoseRecordWasLostIsTakenUpByItsOwnerAlone() async throws {
        try await TestFolders.with { folders in
            let key = "00000000-0000-4000-8000-00000000000a"
            let image = TestImage.png(ofSize: 600_000)
            let name = "2026-03-02T08-00-00-000Z-\(key).png"
            try await run(folders: folders) { server, eva in
                _ = try await server.employee("zoe")
                _ = try await Self.store(image, server, as: eva, key: key)
            }
            try folders.write("[]", to: "images/index.json")
            for (person, count) in [("zoe", 2), ("eva", 2)] {
                try await TestServer.run(try folders.keySetting(), folders: folders) { server in
                    let person = try await server.login(person)
                    let path = try await Self.store(image, server, as: person, key: key)
                    #expect((path == "/uploads/" + name) == (person.email == "eva"))
                    #expect(try await server.get(path, as: person).body == image)
                    #expect(try server.storedImages().count { $0.hasSuffix(".png") } == count)
                }
            }
        }
    }

    @Test func whatIsDamagedIsAnErrorAndNeverAPicture() async throws {
        try await run { server, eva in
            let zoe = try await server.employee("zoe")
            let path = try await Self.store(Self.picture.png, server, as: eva)
            let other = try await Self.store(Self.picture.png, server, as: zoe)
            let file = Self.path(path, in: server.folders)
            let bytes = try #require(try OpenFile.contents(of: file))
            let others = try #require(try OpenFile.contents(of: Self.path(other, in: server.folders)))
            var flipped = bytes
            flipped[EncryptedHeader.length + 5] ^= 4
            for damaged in [flipped, Array(bytes.dropLast()), Array(bytes.prefix(EncryptedHeader.length)), others] {
                try Data(damaged).write(to: URL(fileURLWithPath: file))
                for query in ["", "?width=160"] {
                    let reply = try await server.get(path + query, as: eva)
                    try reply.expectError(500, "internal")
                }
            }
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            #expect(try await server.get(path, as: eva).body == Self.picture.png)
        }
    }

    @Test func anAnswerThatHasBegunIsCutOffWhereTheDamageIs() async throws {
        try await run { server, eva in
            let image = TestImage.png(ofSize: 10 * Self.segment)
            let path = try await Self.store(image, server, as: eva)
            let file = Self.path(path, in: server.folders)
            var bytes = try #require(try OpenFile.contents(of: file))
            bytes[bytes.count - 1] ^= 1
            try Data(bytes).write(to: URL(fileURLWithPath: file))
            await #expect(throws: Wire.Ended.self) { try await server.get(path, as: eva) }
            let beginning = try await server.get(path, as: eva, headers: ["Range": "bytes=0-\(9 * Self.segment - 1)"])
            #expect(beginning.body == Array(image.prefix(9 * Self.segment)))
            // One that would begin there has not begun.
            let end = try await server.get(path, as: eva, headers: ["Range": "bytes=-1"])
            try end.expectError(500, "internal")
        }
    }

    @Test func noServerStartsWithoutTheKey() async throws {
        try await TestFolders.with { folders in
            try await run(folders: folders) { server, eva in
                _ = try await Self.store(TestImage.png, server, as: eva)
            }
            try await folders.run([]).expectOneLine(1, ImageKeyFile.name, "UPLOAD_KEY_FILE")
            try await folders.run([], try folders.keySetting(SampleKeys.otherText, in: "other")).expectOneLine(
                1, ImageKeyFile.name, "another key")
            try await folders.run([], ["UPLOAD_KEY_FILE": folders.root + "/none"]).expectOneLine(2, "UPLOAD_KEY_FILE")
            try FileManager.default.removeItem(atPath: folders.data + "/" + ImageKeyFile.name)
            try await folders.run([], try folders.keySetting()).expectOneLine(1, ImageKeyFile.name, "gone")
            try await folders.run([]).expectOneLine(1, "is encrypted", "UPLOAD_KEY_FILE")
        }
    }
}
