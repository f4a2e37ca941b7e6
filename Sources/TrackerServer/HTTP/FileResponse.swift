import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// A file as an answer, with validators and byte ranges (RFC 9110, sections 13 and 14).
struct FileResponse: Sendable {
    let size: Int
    let eTag: String
    let contentType: String
    let cacheControl: String
    /// Bytes that are read at once, from a multiple of it on.
    var chunk = ServedFile.chunk
    /// Reads up to so many bytes from an offset.
    let read: @Sendable (Int, Int) async throws -> [UInt8]

    /// - Throws: what reading the first bytes throws, so that the answer can still say so.
    func response(to request: Request) async throws -> Response {
        var headers: HTTPFields = [
            .eTag: eTag, .cacheControl: cacheControl, .acceptRanges: "bytes", .contentType: contentType,
        ]
        if Self.isKnown(eTag, to: request) { return Response(status: .notModified, headers: headers) }
        var range = 0..<size
        var status = HTTPResponse.Status.ok
        // Ranges are defined for GET alone (RFC 9110, section 14.2).
        if request.method == .get, let header = request.headers[.range],
            request.headers[.ifRange].map({ $0 == eTag }) ?? true,
            let wanted = ByteRange(header)
        {
            guard let satisfied = wanted.within(size) else {
                return .error(
                    APIError(.rangeNotSatisfiable, "The file has \(size) bytes; the range lies outside."),
                    headers: [.contentRange: "bytes */\(size)"])
            }
            range = satisfied
            status = .partialContent
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
        }
        let first = request.method == .head ? [] : try await bytes(from: range.lowerBound, of: range)
        return Response(status: status, headers: headers, body: body(range, beginningWith: first))
    }

    private func body(_ range: Range<Int>, beginningWith first: [UInt8]) -> ResponseBody {
        ResponseBody(contentLength: range.count) { writer in
            try await writer.write(ByteBuffer(bytes: first))
            var offset = range.lowerBound + first.count
            while offset < range.upperBound {
                let bytes = try await bytes(from: offset, of: range)
                try await writer.write(ByteBuffer(bytes: bytes))
                offset += bytes.count
            }
            try await writer.finish(nil)
        }
    }

    /// At most a chunk; nothing behind the end of the range alone.
    private func bytes(from offset: Int, of range: Range<Int>) async throws -> [UInt8] {
        guard offset < range.upperBound else { return [] }
        let bytes = try await read(min((offset / chunk + 1) * chunk, range.upperBound) - offset, offset)
        // A file that shrank under us: better a broken connection than a short answer that looks whole.
        guard !bytes.isEmpty else { throw APIError(.internal, "The file is shorter than it was.") }
        return bytes
    }

    /// True when the sender has what that validator stands for (If-None-Match).
    static func isKnown(_ eTag: String, to request: Request) -> Bool {
        guard let header = request.headers[.ifNoneMatch] else { return false }
        return header.split(separator: ",").contains { candidate in
            let tag = candidate.drop { $0 == " " }
            return tag == "*" || tag == eTag || tag == "W/\(eTag)"
        }
    }
}

/// A `Range` header with one range of bytes. Others, and several ranges, are ignored, as a server may.
struct ByteRange: Sendable, Hashable {
    private let first: Int?
    private let last: Int?

    init?(_ header: String) {
        guard header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        let bounds = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return nil }
        // A number beyond all files is as good as the largest.
        func number(_ text: Substring) -> Int? {
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            return Int(text) ?? .max
        }
        first = number(bounds[0])
        last = number(bounds[1])
        guard (bounds[0].isEmpty || first != nil) && (bounds[1].isEmpty || last != nil),
            first != nil || last != nil
        else { return nil }
        if let first, let last, last < first { return nil }
    }

    /// The bytes meant in a file of `size`; nil when there are none.
    func within(_ size: Int) -> Range<Int>? {
        if let first {
            guard first < size else { return nil }
            return first..<(min(last ?? size - 1, size - 1) + 1)
        }
        guard let last, last > 0, size > 0 else { return nil }
        return max(0, size - last)..<size
    }
}
