import FoundationEssentials
import NIOCore

/// A body of type multipart/form-data (RFC 7578).
struct MultipartForm {
    private let boundary: String
    private var body = ByteBuffer()

    /// - Parameter boundary: must not occur in the parts; a random one does not.
    init(boundary: String = "tracker-\(UUID().uuidString)") {
        self.boundary = boundary
    }

    var contentType: String { "multipart/form-data; boundary=\(boundary)" }

    mutating func append(field: String, text: String) {
        body.writeString("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"\r\n\r\n\(text)\r\n")
    }

    mutating func append(file field: String, name: String, type: String, bytes: [UInt8]) {
        body.writeString(
            "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field)\"; filename=\"\(name)\"\r\n"
                + "Content-Type: \(type)\r\n\r\n")
        body.writeBytes(bytes)
        body.writeString("\r\n")
    }

    consuming func finished() -> ByteBuffer {
        body.writeString("--\(boundary)--\r\n")
        return body
    }
}
