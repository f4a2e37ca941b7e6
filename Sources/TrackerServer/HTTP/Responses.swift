import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Shared

extension Response {
    /// JSON on one line, with a line break at its end for people at a terminal.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        json(status: status, headers: headers) { $0.value(value) }
    }

    /// For what has very many parts: to make a value of each takes longer than all else that the answer needs.
    static func json(
        status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], write: (inout JSONWriter) -> Void
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        headers[.cacheControl] = "no-store"
        var parts: [ByteBuffer] = []
        // One long piece would be new memory each time, and copied as it grows.
        var writer = JSONWriter(.compact, portion: 64 * 1024) { parts.append(ByteBuffer(bytes: $0)) }
        write(&writer)
        var last = ByteBuffer()
        last.reserveCapacity(writer.bytes.count + 1)
        last.writeBytes(writer.bytes)
        last.writeInteger(UInt8(ascii: "\n"))
        let body = parts.isEmpty ? ResponseBody(byteBuffer: last) : ResponseBody(contentsOf: parts + [last])
        return Response(status: status, headers: headers, body: body)
    }

    static func json(
        _ value: some JSONEncodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        json(value.json, status: status, headers: headers)
    }

    static func noContent(headers: HTTPFields = [:]) -> Response {
        Response(status: .noContent, headers: headers)
    }

    static func error(_ error: APIError, headers: HTTPFields = [:]) -> Response {
        json(error.json, status: HTTPResponse.Status(code: error.code.status), headers: headers)
    }

    /// After this answer the connection is closed, whatever the sender still wants to send.
    func closingConnection() -> Response {
        var response = self
        response.headers[.connection] = "close"
        let body = self.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            throw ConnectionEnded()
        }
        return response
    }

    private struct ConnectionEnded: Error {}
}

extension HTTPField.Name {
    static let forwarded = Self.known("Forwarded")
    static let idempotencyKey = Self.known("Idempotency-Key")
    static let link = Self.known("Link")
    static let icyMetaData = Self.known("Icy-MetaData")
    static let secFetchSite = Self.known("Sec-Fetch-Site")
    static let xAccelBuffering = Self.known("X-Accel-Buffering")
    static let xForwardedFor = Self.known("X-Forwarded-For")
    static let xForwardedHost = Self.known("X-Forwarded-Host")
    static let xForwardedProto = Self.known("X-Forwarded-Proto")
    static let xFrameHost = Self.known("X-Frame-Host")
    static let xFrameTimestamp = Self.known("X-Frame-Timestamp")
    static let xRealIP = Self.known("X-Real-IP")
    static let xRequestedWith = Self.known("X-Requested-With")

    /// Only for the literals above: a name that is no token is a mistake in this file, found by the first test.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        return name
    }
}
