import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct ImageTests {
    private static let content = TestImage.png(ofSize: 300_000)

    /// A server with one image of `eva`.
    private func run(
        _ image: [UInt8] = content,
        _ body: @escaping @Sendable (TestServer, _ path: String, _ eva: Person) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let reply = try await server.upload(.image(image), as: eva)
            try await body(server, "/" + (try #require(try reply[member: "file"]?.text)), eva)
        }
    }

    @Test func theImageComesBackAsItWas() async throws {
        try await run { server, path, eva in
            for person in [eva, try await server.manager(), try await server.admin()] {
                let reply = try await server.get(path, as: person)
                reply.expect(200)
                #expect(reply.body == Self.content)
                #expect(reply["content-type"] == "image/png")
                #expect(reply["x-content-type-options"] == "nosniff")
                #expect(reply["cache-control"] == "private, no-cache")
                #expect(reply["accept-ranges"] == "bytes")
                #expect(reply["etag"]?.hasPrefix("\"") == true)
            }
        }
    }

    @Test func aPhotoIsAPhoto() async throws {
        try await run(TestImage.jpeg) { server, path, eva in
            let reply = try await server.get(path, as: eva)
            #expect(reply.body == TestImage.jpeg)
            #expect(reply["content-type"] == "image/jpeg")
        }
    }

    @Test func theCookieShowsImages() async throws {
        try await run { server, path, eva in
            try await server.get(path, headers: ["Cookie": "tracker_session=\(eva.token)"]).expect(200)
        }
    }

    @Test func whatTheClientHasIsNotSentAgain() async throws {
        try await run { server, path, eva in
            let eTag = try #require(try await server.get(path, as: eva)["etag"])
            for known in [eTag, "W/\(eTag)", "\"x\", \(eTag)", "*"] {
                let reply = try await server.get(path, as: eva, headers: ["If-None-Match": known])
                reply.expect(304)
                #expect(reply["etag"] == eTag)
                #expect(reply["content-length"].map { $0 == "300000" } ?? true)
            }
            try await server.get(path, as: eva, headers: ["If-None-Match": "\"x\""]).expect(200)
        }
    }

    @Test(arguments: [
        ("bytes=0-0", 0..<1), ("bytes=16-99", 16..<100), ("bytes=299999-", 299_999..<300_000),
        ("bytes=-5", 299_995..<300_000), ("bytes=0-999999", 0..<300_000), ("bytes=262000-262300", 262_000..<262_301),
    ])
    func aRangeIsServed(header: String, range: Range<Int>) async throws {
        try await run { server, path, eva in
            let reply = try await server.get(path, as: eva, headers: ["Range": header])
            reply.expect(206)
            #expect(reply["content-range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/300000")
            #expect(reply.body == Array(Self.content[range]))
        }
    }

    @Test func aRangeOutsideIsRefusedWithTheSize() async throws {
        try await run { server, path, eva in
            let reply = try await server.get(path, as: eva, headers: ["Range": "bytes=300000-"])
            try reply.expectError(416, "range_not_satisfiable")
            #expect(reply["content-range"] == "bytes */300000")
        }
    }

    @Test func aRangeOfAnotherVersionIsTheWhole() async throws {
        try await run { server, path, eva in
            let eTag = try #require(try await server.get(path, as: eva)["etag"])
            try await server.get(path, as: eva, headers: ["Range": "bytes=0-1", "If-Range": "\"x\""]).expect(200)
            try await server.get(path, as: eva, headers: ["Range": "bytes=0-1", "If-Range": eTag]).expect(206)
            try await server.get(path, as: eva, headers: ["Range": "bytes=0-1,5-6"]).expect(200)
        }
    }

    /// Ranges are defined for GET alone (RFC 9110, section 14.2).
    @Test func headIgnoresARange() async throws {
        try await run { server, path, eva in
            let reply = try await server.send("HEAD", path, as: eva, headers: ["Range": "bytes=0-1"])
            reply.expect(200)
            #expect(reply["content-length"] == "300000")
        }
    }

    @Test func imagesNeedAToken() async throws {
        try await run { server, path, _ in
            try await server.get(path).expectError(401, "unauthorized")
        }
    }

    @Test func otherPeoplesImagesAreNotFound() async throws {
        try await run { server, path, _ in
            let zoe = try await server.employee("zoe")
            let reply = try await server.get(path, as: zoe)
            try reply.expectError(404, "not_found")
            let missing = try await server.get("/uploads/nothing.png", as: zoe)
            #expect(reply.text == missing.text)
        }
    }

    @Test func onlyIndexedImagesAreServed() async throws {
        try await run { server, path, _ in
            let admin = try await server.admin()
            try server.folders.write("not in the index", to: "images/other.png")
            try server.folders.write("secret", to: "secret.png")
            let name = path.dropFirst("/uploads/".count)
            for path in [
                "/uploads/index.json", "/uploads/other.png", "/uploads/.lock", "/uploads/.", "/uploads/..",
                "/uploads/%2e%2e", "/uploads/..%2fsecret.png", "/uploads/%2e%2e%2fdata%2fusers.json",
                "/uploads/\(name)%00", "/uploads/%00", "/uploads/./\(name)", "/uploads//\(name)", "/uploads/\(name)/",
                "/uploads/x%2f..%2f\(name)", "/uploads/..\\\(name)", "/uploads/\(name.uppercased())", "/uploads/%",
                "/uploads/uploads%2f\(name)", "/uploads/" + String(repeating: "x", count: 5000), "/../uploads/\(name)",
            ] {
                try await server.get(path, as: admin).expectError(404, "not_found")
            }
        }
    }

    /// Records that somebody wrote into the index by hand must not open other files.
    @Test func theIndexOpensNothingButImages() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let names = [
            "index.json", "..", ".", "../data/users.json", "missing.png", "link.png", "folder.png", "pipe.png", "",
        ]
        let rows = names.map { #"{"file": "uploads/\#($0)", "employeeId": "eva", "ts": "2026-03-02T07:00:00.000Z"}"# }
        try folders.write("[\(rows.joined(separator: ","))]", to: "images/index.json")
        try FileManager.default.createSymbolicLink(
            atPath: folders.uploads + "/link.png", withDestinationPath: "/etc/passwd")
        try FileManager.default.createDirectory(
            atPath: folders.uploads + "/folder.png", withIntermediateDirectories: true)
        #expect(mkfifo(folders.uploads + "/pipe.png", 0o600) == 0)
        try await TestServer.run(folders: folders) { server in
            let admin = try await server.admin()
            for name in names {
                try await server.get("/uploads/" + name.queryEncoded, as: admin).expectError(404, "not_found")
            }
            let list = try await server.get(APIPath.uploadsList, as: admin)
            #expect(try list.json.array?.count == names.count)
        }
    }
}
