import Shared
import Testing

@testable import TrackerServer

@Suite struct UploadNameTests {
    @Test func theNameIsTheServersTimeAndTheClientsName() throws {
        let time = try #require(Timestamp(iso8601: "2026-03-02T08:05:01.044Z"))
        #expect(UploadName.make(at: time, clientPart: "screenshot.png") == "2026-03-02T08-05-01-044Z-screenshot.png")
    }

    @Test(arguments: [
        ("screenshot.png", ImageFormat.png, "screenshot.png"), ("screenshot.png", .jpeg, "screenshot.jpg"),
        ("photo.JPEG", .jpeg, "photo.jpg"), ("../../etc/passwd", .png, "..-..-etc-passwd.png"),
        ("", .png, "screenshot.png"),
        (".png", .png, "screenshot.png"), ("a\u{0}b é.png", .png, "a-b--.png"),
        ("noextension", .png, "noextension.png"),
        ("v1.2.3.final", .png, "v1.2.3.final.png"),
        (String(repeating: "a", count: 300) + "z.png", .png, String(repeating: "a", count: 59) + "z.png"),
    ])
    func theClientsNameIsMadeSafe(fileName: String, format: ImageFormat, expected: String) {
        let part = UploadName.clientPart(of: fileName, format: format)
        #expect(part == expected)
        #expect(part.count <= UploadName.clientPartLength)
    }

    @Test func theKeyIsReadOffTheName() {
        let key = "0b7e7a0e-1111-4222-8333-0123456789ab"
        let name = UploadName.make(
            at: Timestamp(milliseconds: 0), clientPart: UploadName.clientPart(key: key, format: .jpeg))
        #expect(UploadName.idempotencyKey(in: name) == key)
        #expect(UploadName.idempotencyKey(in: "2026-03-02T08-05-01-044Z-screenshot.png") == nil)
        #expect(UploadName.idempotencyKey(in: "x") == nil)
    }

    @Test(arguments: [
        "", "x", "0b7e7a0e-1111-4222-8333-0123456789a", "0b7e7a0e11114222833301234567 9ab",
        "0b7e7a0e-1111-4222-8333-0123456789aé",
    ])
    func whatIsNoUUIDIsNoKey(text: String) {
        #expect(UploadName.idempotencyKey(text) == nil)
    }

    @Test func aNameThatLooksLikeAKeyIsNotTakenForOne() {
        let part = UploadName.clientPart(of: "0B7E7A0E-1111-4222-8333-0123456789ab.png", format: .png)
        #expect(part == "file-0B7E7A0E-1111-4222-8333-0123456789ab.png")
        #expect(UploadName.idempotencyKey(in: UploadName.make(at: Timestamp(milliseconds: 0), clientPart: part)) == nil)
    }

    @Test func imagesAreToldByTheirFirstBytes() {
        let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        #expect(ImageFormat(firstBytes: png + [0]) == .png)
        #expect(ImageFormat(firstBytes: png.dropLast()) == nil)
        #expect(ImageFormat(firstBytes: [0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
        #expect(ImageFormat(firstBytes: [0xFF, 0xD8]) == nil)
        #expect(ImageFormat(firstBytes: Array("GIF89a".utf8)) == nil)
    }
}
