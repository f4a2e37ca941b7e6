import HTTPTypes
import Hummingbird
import NIOCore
import Shared

/// The web admin: its pages, and the files that they are made of.
enum WebRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let web = environment.web
        return WebAdmin.pages.map { path in
            .get(path, .everyone, .init("A page of the web admin.", .bytes("text/html"), .init(status: 304))) { call in
                try await page(call.request, call.context, web)
            }
        }
            + WebAdmin.files.map { path in
                .get(
                    path, .everyone,
                    .init("A file of the web admin.", .bytes("text/javascript"), .init(status: 304))
                ) { call in
                    guard call.parameters["version"] == web.version,
                        let name = call.parameters["name"].map({ name in
                            call.parameters["folder"].map { "\($0)/\(name)" } ?? name
                        }), let file = try await web.file(name)
                    else { throw Self.nothing }
                    return Self.response(
                        file, to: call.request, [:],
                        web.isFinal ? "public, max-age=31536000, immutable" : "no-cache")
                }
            }
    }

    private static func page(
        _ request: Request, _ context: TrackerRequestContext, _ web: WebAdmin, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let hasLogin = SessionCookie.tokens(in: request.headers, isSecure: context.isSecure) != nil
        guard let shell = try await web.shell(hasLogin: hasLogin) else { throw nothing }
        return response(
            shell, to: request, [.contentSecurityPolicy: WebAdmin.policy], "no-cache", vary: "Accept-Encoding, Cookie",
            status: status)
    }

    /// What there is at a path that is none: for somebody who has mistyped the address of a page the shell, which says so
    /// and leads to others; for programs the interface's error.
    static func nothing(
        at path: String, _ request: Request, _ context: TrackerRequestContext, _ web: WebAdmin
    ) async throws -> Response {
        let wantsPage = request.headers.first(.accept)?.contains("text/html") == true
        guard wantsPage, [.get, .head].contains(request.method), !path.hasPrefix("/api") else { throw nothing }
        var response = try await page(request, context, web, status: .notFound)
        response.headers[.vary] = response.headers[.vary].map { $0 + ", Accept" }
        return response
    }

    private static var nothing: APIError { APIError(.notFound, "There is nothing at this path.") }

    private static func response(
        _ file: WebFile, to request: Request, _ others: HTTPFields, _ cacheControl: String,
        vary: String = "Accept-Encoding", status: HTTPResponse.Status = .ok
    ) -> Response {
        let compressed = request.headers.acceptsGzip ? file.compressed : nil
        let bytes = compressed ?? file.bytes
        var headers = others
        headers[.contentType] = file.mediaType
        headers[.cacheControl] = cacheControl
        headers[.vary] = vary
        headers[.eTag] = compressed == nil ? file.eTag : file.compressedETag
        if compressed != nil { headers[.contentEncoding] = "gzip" }
        // What is not there is not unchanged either (RFC 9110, section 13.2.1).
        if status == .ok, let eTag = headers[.eTag], FileResponse.isKnown(eTag, to: request) {
            return Response(status: .notModified, headers: headers)
        }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

extension HTTPFields {
    /// RFC 9110, section 12.5.3.
    fileprivate var acceptsGzip: Bool {
        let codings = self[values: .acceptEncoding].flatMap { $0.split(separator: ",") }.map { coding in
            coding.filter { $0 != " " }.lowercased().split(separator: ";").map(String.init)
        }
        let wanted = codings.first { $0.first == "gzip" } ?? codings.first { $0.first == "*" }
        guard let wanted else { return false }
        let weight = wanted.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
        return weight > 0
    }
}
