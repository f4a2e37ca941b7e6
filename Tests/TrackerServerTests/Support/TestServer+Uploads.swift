import JSON
import Shared

@testable import TrackerServer

/// The bytes that stand for images in tests; the server tells an image by how it starts.
enum TestImage {
    static let png: [UInt8] =
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        + Array("the rest of a picture".utf8)
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0] + Array("the rest of a photo".utf8)

    /// A PNG of `count` bytes.
    static func png(ofSize count: Int) -> [UInt8] {
        png.prefix(16) + (16..<max(16, count)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }
}

/// A form as browsers and curl send it.
struct TestForm {
    static let boundary = "----form-boundary-7MA4YWxk"
    static let contentType = "multipart/form-data; boundary=\(boundary)"

    private var bytes: [UInt8] = []

    /// The usual form: one image.
    static func image(_ image: [UInt8] = TestImage.png, named name: String = "screenshot.png") -> TestForm {
        TestForm().file(image, named: name)
    }

    func file(
        _ content: [UInt8], named name: String = "screenshot.png", field: String = UploadField.image
    ) -> TestForm {
        part("Content-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"", content)
    }

    func field(_ name: String, _ value: String) -> TestForm {
        part("Content-Disposition: form-data; name=\"\(name)\"", Array(value.utf8))
    }

    func part(_ headers: String, _ content: [UInt8]) -> TestForm {
        var form = self
        form.bytes += Array("--\(Self.boundary)\r\n\(headers)\r\n\r\n".utf8) + content + Array("\r\n".utf8)
        return form
    }

    /// Without the closing boundary.
    var open: [UInt8] { bytes }
    var body: [UInt8] { bytes + Array("--\(Self.boundary)--\r\n".utf8) }
}

extension TestServer {
    func upload(_ form: TestForm, as person: Person?, headers: [String: String] = [:]) async throws -> Reply {
        try await upload(form.body, as: person, headers: headers)
    }

    func upload(
        _ body: [UInt8], as person: Person?, headers: [String: String] = [:], query: String = ""
    ) async throws -> Reply {
        try await send(
            "POST", APIPath.uploadScreenshot + query, as: person,
            headers: headers.merging(["Content-Type": TestForm.contentType]) { old, _ in old }, body: body)
    }

    /// The names of the files in the upload folder but `index.json`.
    func storedImages() throws -> [String] {
        try folders.names(in: "images").filter { $0 != "index.json" }
    }
}
