import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct UploadTests {
    @Test func anImageIsStoredUnderTheServersTime() async throws {
        try await TestServer.run(at: "2026-03-02T08:05:01.044Z") { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(), as: eva).expect(
                201,
                #"{"file":"uploads/2026-03-02T08-05-01-044Z-screenshot.png","ts":"2026-03-02T08:05:01.044Z"}"#)
            #expect(try server.storedImages() == ["2026-03-02T08-05-01-044Z-screenshot.png"])
            let stored = try server.folders.snapshot().first { $0.key.hasSuffix(".png") }
            #expect(stored?.value == TestImage.png)
            #expect(
                try server.folders.text("images/index.json") == """
                    [
                      {
                        "file": "uploads/2026-03-02T08-05-01-044Z-screenshot.png",
                        "employeeId": "eva",
                        "ts": "2026-03-02T08:05:01.044Z"
                      }
                    ]
                    """)
        }
    }

    @Test(arguments: [
        ("employeeId", "EVA", 201), ("email", " eva ", 201), ("employeeId", "zoe", 403), ("email", "zoe", 403),
        ("employeeId", "", 403), ("email", "constructor", 403), ("other", "zoe", 201),
        ("email", "\u{0}", 403),
    ])
    func aNamedEmployeeMustBeTheSender(field: String, value: String, status: Int) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            _ = try await server.employee("zoe")
            for form in [TestForm.image().field(field, value), TestForm().field(field, value).file(TestImage.png)] {
                let reply = try await server.upload(form, as: eva)
                #expect(reply.status == status)
                if status == 403 { try reply.expectError(403, "forbidden") }
            }
            #expect(try server.storedImages().count == (status == 201 ? 2 : 0))
        }
    }

    @Test(arguments: [
        ("2026-03-02T08:00:00.000Z", "2026-03-02T08:00:00.000Z"), ("2026-03-02T08:02:00Z", "2026-03-02T08:02:00.000Z"),
        ("2026-03-02T09:00:00+01:00", "2026-03-02T08:00:00.000Z"),
        ("2026-03-02T02:30:00.1239-05:30", "2026-03-02T08:00:00.123Z"),
        ("2026-02-23T08:00:00Z", "2026-02-23T08:00:00.000Z"), ("2026-02-23T13:45+0545", "2026-02-23T08:00:00.000Z"),
        ("2026-03-02T09:00:00+01", "2026-03-02T08:00:00.000Z"), ("2026-03-02+08:00:00Z", "2026-03-02T08:00:00.000Z"),
        ("2026-03-02T09:00:00 01:00", "2026-03-02T08:00:00.000Z"), ("20260302T080000Z", "2026-03-02T08:00:00.000Z"),
        ("", "2026-03-02T08:00:00.000Z"),
    ])
    func theTimeOfCaptureIsKept(capturedAt: String, ts: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.upload(
                .image().field("capturedAt", capturedAt), as: try await server.employee("eva"))
            reply.expect(201, #"{"file":"uploads/2026-03-02T08-00-00-000Z-screenshot.png","ts":"\#(ts)"}"#)
        }
    }

    @Test(arguments: [
        "2026-03-02T08:02:00.001Z", "2026-02-23T07:59:59.999Z", "2026-03-02", "yesterday", "2026-03-02T08:00:00",
        "1772438400000", "2026-02-30T08:00:00Z", "2026-03-02T25:00:00Z", "9999-12-31T23:59:59.999Z", "\u{0}",
        String(repeating: "0", count: 4000),
    ])
    func aTimeThatCannotBeIsRefused(capturedAt: String) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let before = try server.folders.snapshot()
            try await server.upload(.image().field("capturedAt", capturedAt), as: eva)
                .expectError(400, "invalid_field")
            #expect(try server.folders.snapshot() == before)
        }
    }

    @Test(arguments: [
        ("../../../etc/passwd", "..-..-..-etc-passwd.png"), ("a b.png", "a-b.png"), ("Größe.PNG", "Gr--e.png"),
        ("photo.jpeg", "photo.png"), ("noext", "noext.png"), ("", "screenshot.png"), (".png", "screenshot.png"),
        ("x\u{0}y.png", "x-y.png"), (#"C:\\temp\\x.png"#, "C--temp-x.png"), (#"a\"b.png"#, "a-b.png"),
        (String(repeating: "x", count: 300) + ".png", String(repeating: "x", count: 60) + ".png"),
        (String(repeating: "ab", count: 150), String(repeating: "ab", count: 30) + ".png"),
        ("index.json", "index.png"), ("a;b=c.png", "a-b-c.png"), ("\u{301}x.png", "-x.png"),
    ])
    func theClientsFileNameIsMadeSafe(name: String, stored: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.upload(
                .image(named: name), as: try await server.employee("eva"))
            #expect(reply.status == 201, "\(reply.text)")
            #expect(try reply[member: "file"]?.text == "uploads/2026-03-02T08-00-00-000Z-\(stored)")
            #expect(try server.storedImages() == ["2026-03-02T08-00-00-000Z-\(stored)"])
        }
    }

    /// Names as older programs write them, and headers that go on in a second line.
    @Test func namesInOtherFormsAreTaken() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let start = "Content-Disposition: form-data; name=\"screenshot\"; "
            let latin1 =
                Array("--\(TestForm.boundary)\r\n\(start)filename=\"Gr".utf8) + [0xF6, 0xDF]
                + Array("e.png\"\r\nContent-Type: image/png\r\n\r\n".utf8) + TestImage.png
                + Array("\r\n".utf8) + TestForm().body
            for (body, name) in [
                (TestForm().part(start + "filename*=utf-8''%E6%88%AA.png", TestImage.png).body, "-.png"),
                (TestForm().part(start + "\r\n filename=\"a.png\"", TestImage.png).body, "a.png"),
                (latin1, "Gr--e.png"),
            ] {
                let reply = try await server.upload(body, as: eva)
                #expect(try reply[member: "file"]?.text == "uploads/2026-03-02T08-00-00-000Z-\(name)", "\(reply.text)")
            }
        }
    }

    @Test func theExtensionIsThatOfTheBytes() async throws {
        try await TestServer.run { server in
            let reply = try await server.upload(
                .image(TestImage.jpeg, named: "shot.png"), as: try await server.employee("eva"))
            #expect(try reply[member: "file"]?.text == "uploads/2026-03-02T08-00-00-000Z-shot.jpg")
        }
    }

    @Test func theTimeMovesOnUntilTheNameIsFree() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write("[]", to: "images/index.json")
        try folders.write("somebody's", to: "images/2026-03-02T08-00-00-001Z-screenshot.png")
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            let files = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<5 {
                    group.addTask { try await server.upload(.image(), as: eva)[member: "file"]?.text }
                }
                return try await group.reduce(into: []) { $0.append($1 ?? "") }.sorted()
            }
            #expect(
                files == [0, 2, 3, 4, 5].map { "uploads/2026-03-02T08-00-00-00\($0)Z-screenshot.png" })
            #expect(try folders.text("images/2026-03-02T08-00-00-001Z-screenshot.png") == "somebody's")
        }
    }

    @Test func anImageMayBeAsLargeAsTheLimitAndNoLarger() async throws {
        try await TestServer.run(["MAX_UPLOAD_BYTES": "100000"]) { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(TestImage.png(ofSize: 100_000)), as: eva).expect(201)
            for size in [100_001, 300_000] {
                let reply = try await server.upload(.image(TestImage.png(ofSize: size)), as: eva)
                try reply.expectError(413, "payload_too_large")
                #expect(reply["connection"] == "close")
            }
            #expect(try server.storedImages().count == 1)
        }
    }

    @Test func chunksBeyondTheLimitLeaveNothing() async throws {
        try await TestServer.run(["MAX_UPLOAD_BYTES": "100000"]) { server in
            let eva = try await server.employee("eva")
            let wire = try Wire(port: server.port)
            try await wire.send(
                "POST \(APIPath.uploadScreenshot) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(eva.token)\r\n"
                    + "Content-Type: \(TestForm.contentType)\r\nTransfer-Encoding: chunked\r\n\r\n")
            let body = TestForm.image(TestImage.png(ofSize: 300_000)).body
            await wire.sendAsMuchAsIsTaken(
                Array("\(String(body.count, radix: 16))\r\n".utf8) + body + Array("\r\n0\r\n\r\n".utf8))
            try await wire.reply().expectError(413, "payload_too_large")
            #expect(try await wire.isEnded())
            #expect(try server.folders.names(in: "images") == ["index.json"])
        }
    }

    private static let noImages: [[UInt8]] = {
        let (png, jpeg, html) = (TestImage.png, TestImage.jpeg, Array("<html>".utf8))
        var files = [
            Array("GIF89a and so on, long enough".utf8), Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8),
        ]
        files += [Array(png.prefix(15)), Array(png.dropFirst()), Array(png.dropLast()), [0xFF, 0xD8], [0]]
        for count in [8, 16, 33] { files.append(Array(png.prefix(count)) + html) }
        files += [png + html, jpeg + html, Array(jpeg.dropLast())]
        files += [HandmadePNG(width: 60_000, height: 20_000).bytes, HandmadePNG(width: 0).bytes]
        return files + [
            HandmadePNG(depth: 5).bytes, HandmadePNG(hasEnd: false).bytes, HandmadeJPEG.start + HandmadeJPEG.end,
        ]
    }()

    @Test(arguments: noImages)
    func whatIsNoImageIsRefused(content: [UInt8]) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(content, named: "x.png"), as: eva)
                .expectError(415, "unsupported_media_type")
            #expect(try server.folders.names(in: "images") == ["index.json"])
        }
    }

    @Test func aPictureThatIsTooLargeIsToldTheLimitAndTheConnectionGoesOn() async throws {
        try await TestServer.run(["MAX_IMAGE_PIXELS": "6"]) { server in
            let eva = try await server.employee("eva")
            let wire = try Wire(port: server.port)
            for (height, status) in [(2, 201), (3, 415), (2, 201)] {
                let body = TestForm.image(HandmadePNG(height: height).bytes).body
                try await wire.send(
                    "POST \(APIPath.uploadScreenshot) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(eva.token)\r\n"
                        + "Content-Type: \(TestForm.contentType)\r\nContent-Length: \(body.count)\r\n\r\n")
                try await wire.send(body)
                let reply = try await wire.reply()
                reply.expect(status)
                guard status == 415 else { continue }
                try reply.expectError(415, "unsupported_media_type")
                #expect(
                    try reply[member: "error"]?.text
                        == "The file must be a whole PNG or JPEG image; as a PNG, it has 3 x 3 "
                        + "pixels, more than the 6 that are allowed.")
            }
            #expect(try server.storedImages().count == 2)
        }
    }

    /// Forms that are broken in every way: 400, and nothing stays on disk.
    @Test(arguments: [
        TestForm().body, TestForm().field("capturedAt", "2026-03-02T08:00:00Z").body, TestForm.image([]).body,
        TestForm.image().file(TestImage.png, named: "second.png").body, TestForm.image().open,
        Array(TestForm.image().open.dropLast(10)), TestForm().field("screenshot", "text").body,
        TestForm().file(TestImage.png, field: "picture").body, TestForm.image().file([1], field: "other").body,
        TestForm.image().field("capturedAt", String(repeating: "x", count: 5000)).body,
        TestForm.image().part("Content-Disposition: form-data; name=\"email\"", [0xFF, 0xFE]).body,
        TestForm.image().part("Content-Type: text/plain", [1]).body, Array("--".utf8), [],
        TestForm.image().part("X: " + String(repeating: "x", count: 20_000), [1]).body,
        (0..<30).reduce(TestForm.image()) { form, number in form.field("f\(number)", "x") }.body,
        Array("--\(TestForm.boundary)\r\nContent-Disposition: form-data; name=\"screenshot\"".utf8),
    ])
    func aBrokenFormIsRefused(body: [UInt8]) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let before = try server.folders.snapshot()
            let reply = try await server.upload(body, as: eva)
            #expect(reply.status == 400, "\(reply.text)")
            #expect(try reply[member: "error"]?.text?.hasSuffix(".") == true)
            #expect(try server.folders.snapshot() == before)
            try await server.upload(.image(), as: eva).expect(201)
        }
    }

    /// True while the server has a file open in its upload folder that has no name there.
    private func isArriving(_ server: TestServer) throws -> Bool {
        let folder = "/proc/self/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).contains { descriptor in
            // One may be closed while the others are looked at.
            guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)")
            else { return false }
            return path.hasPrefix(server.folders.uploads + "/#") && path.hasSuffix(" (deleted)")
        }
    }

    @Test(.timeLimit(.minutes(5))) func anUploadThatBreaksOffLeavesNothing() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let body = TestForm.image(TestImage.png(ofSize: 1_000_000)).body
            do {
                let wire = try Wire(port: server.port)
                try await wire.send(
                    "POST \(APIPath.uploadScreenshot) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(eva.token)\r\n"
                        + "Content-Type: \(TestForm.contentType)\r\nContent-Length: \(body.count)\r\n\r\n")
                try await wire.send(Array(body.prefix(900_000)))
                while try !isArriving(server) { await Task.yield() }
            }
            while try isArriving(server) { await Task.yield() }
            #expect(try server.storedImages().isEmpty)
            #expect(try server.folders.text("images/index.json") == "[]")
        }
    }

    @Test func leftoversGoAtTheStart() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write("half an image", to: "images/\(FolderImageStore.arrivingPrefix)1")
        try await TestServer.run(folders: folders) { server in
            let names = try server.folders.names(in: "images")
            #expect(names == ["index.json"])
        }
    }

    @Test func managersUploadNothing() async throws {
        try await TestServer.run { server in
            try await server.upload(.image(), as: try await server.manager()).expectError(403, "forbidden")
            try await server.upload(.image(), as: nil).expectError(401, "unauthorized")
        }
    }

    @Test(arguments: ["application/json", "multipart/mixed; boundary=x", "image/png"])
    func otherContentThanAFormIsRefused(type: String) async throws {
        try await TestServer.run { server in
            try await server.upload(
                TestForm.image().body, as: try await server.employee(), headers: ["Content-Type": type]
            ).expectError(415, "unsupported_media_type")
        }
    }
}
