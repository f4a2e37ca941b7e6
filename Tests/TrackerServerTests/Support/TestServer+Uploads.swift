import JSON
import Shared
import TestSupport

@testable import TrackerServer

/// The bytes that stand for images in tests; the server looks at an image's structure, not at its pixels.
enum TestImage {
    static let png = EncodedPNG.file(around: Array("the rest of a picture".utf8))
    static let jpeg = HandmadeJPEG.whole

    /// A PNG of `count` bytes, at least 100; two that differ in one byte of their image data, where `change` is given.
    static func png(ofSize count: Int, changedAt change: Int? = nil) -> [UInt8] {
        var content = (0..<count - EncodedPNG.overhead).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        if let change { content[change] ^= 1 }
        return EncodedPNG.file(around: content)
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
