import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

/// Requests to a server that may be killed at any moment.
final class Conversation: Sendable {
    struct Answer: Sendable {
        let status: UInt
        let link: String?
        let body: Data

        var text: String { "\(status) \(String(decoding: body.prefix(300), as: UTF8.self))" }

        func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
            try JSONDecoder().decode(type, from: body)
        }
    }

    private let url: String
    private let http: HTTPClient
    private let doomed = Mutex(false)

    init(url: String, http: HTTPClient) {
        self.url = url
        self.http = http
    }

    static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The server is about to be ended: from here an answer may fail to come.
    func doom() { doomed.withLock { $0 = true } }
    var isDoomed: Bool { doomed.withLock { $0 } }

    /// The answer, once its last byte is here; nil when none came.
    func send(
        _ method: HTTPMethod, _ path: String, token: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async -> Answer? {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        do {
            let response = try await http.execute(request, timeout: .seconds(60))
            let body = try await response.body.collect(upTo: 1 << 26)
            return Answer(
                status: response.status.code, link: response.headers.first(name: "Link"),
                body: Data(body.readableBytesView))
        } catch {
            // What was wrong with the connection makes no difference: nobody was told anything.
            return nil
        }
    }

    func post(
        _ path: String, token: String, _ fields: [String: any Sendable], headers: [String: String] = [:]
    ) async -> Answer? {
        let body = try? JSONSerialization.data(withJSONObject: fields)
        return await send(
            .POST, path, token: token, headers: [("Content-Type", "application/json")] + headers.map { ($0, $1) },
            body: body.map(Array.init))
    }

    /// An answer that must come.
    func get<Value: Decodable>(_ path: String, token: String) async throws -> Value {
        guard let answer = await send(.GET, path, token: token), answer.status == 200 else {
            throw NoAnswer(path: path)
        }
        return try answer.decoded()
    }

    struct NoAnswer: Error {
        let path: String
    }
}

/// Tokens made with the server's own key (RFC 7519, HS256).
struct TokenMint: Sendable {
    let secret: String

    func token(of email: String, role: String, version: Int) -> String {
        let now = Int(Date.now.timeIntervalSince1970)
        let claims = """
            {"sub":"\(email)","role":"\(role)","iat":\(now),"exp":\(now + 8 * 3600),\
            "jti":"\(UUID().uuidString.lowercased())","ver":\(version)}
            """
        let text = Self.base64(Data(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + Self.base64(Data(claims.utf8))
        let code = HMAC<SHA256>.authenticationCode(
            for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return text + "." + Self.base64(Data(code))
    }

    /// For URLs (RFC 4648, section 5), without padding.
    private static func base64(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

/// A picture that its key alone determines: the structure of a PNG around a few kilobytes that follow from the key.
enum Picture {
    static func bytes(key: String) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: Data(key.utf8))
        let seed = Array(hash.finalize())
        return EncodedPNG.file(around: (0..<32 + Int(seed[0])).flatMap { _ in seed })
    }
}
