import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Shared

/// Finds the route of a request and makes its checks, in the order that the interface promises.
struct RouteTable: Sendable {
    let routes: [Route]
    let environment: ServerEnvironment
    /// Places of routes, by the segments of their paths; and of those with parameters, by how many segments they have.
    private let plain: [[String]: [Int]]
    private let withParameters: [Int: [Int]]

    /// What a request is for.
    struct Target: Sendable {
        /// Places of the routes of its path, whatever their method.
        fileprivate let candidates: [(place: Int, parameters: [String: String])]
        fileprivate let query: Substring
        /// The path as the interface names it; nil when there is nothing at it.
        let path: String?
    }

    init(routes: [Route], environment: ServerEnvironment) {
        self.routes = routes
        self.environment = environment
        let (plain, others) = routes.indices.reduce(into: ([[String]: [Int]](), [Int: [Int]]())) { found, place in
            let path = routes[place].path
            if path.parameters.isEmpty {
                found.0[Self.split(path.text).path ?? [], default: []].append(place)
            } else {
                found.1[path.count, default: []].append(place)
            }
        }
        (self.plain, withParameters) = (plain, others)
    }

    /// As the interface names them.
    var paths: Set<String> { Set(routes.map(\.path.text)) }

    func target(of request: Request) -> Target {
        let (path, query) = Self.split(request.head.path ?? "/")
        guard let path else { return Target(candidates: [], query: query, path: nil) }
        var candidates = (plain[path] ?? []).map { ($0, [String: String]()) }
        for place in withParameters[path.count] ?? [] {
            if let parameters = routes[place].path.match(path) { candidates.append((place, parameters)) }
        }
        return Target(candidates: candidates, query: query, path: candidates.first.map { routes[$0.0].path.text })
    }

    func respond(to request: Request, for target: Target, context: TrackerRequestContext) async throws -> Response {
        guard !target.candidates.isEmpty else {
            return try await WebRoutes.nothing(at: request.head.path ?? "/", request, context, environment.web)
        }
        let wanted = request.method == .head ? .get : request.method
        guard let (place, parameters) = target.candidates.first(where: { routes[$0.place].method == wanted }) else {
            throw MethodNotAllowed(allowed: target.candidates.map { routes[$0.place].method })
        }
        let route = routes[place]
        let sender = try await sender(of: request, context, route)
        let body = bodyReader(request, context, route, sender)
        try checkContentType(of: request, route, isEmpty: body.isEmpty)
        try await body.checkAnnouncedLength()
        var call = Call(
            request: request, context: context, parameters: parameters, query: try route.query(target.query),
            sender: sender, body: body)
        if route.body == .json || route.body == .optionalJSON && !call.body.isEmpty {
            call.json = try await readJSON(call.body, route.body)
        }
        return try await route.handler(call)
    }

    /// The decoded segments of the path, nil when an escape is broken, and the query as it is.
    static func split(_ target: String) -> (path: [String]?, query: Substring) {
        let end = target.utf8.firstIndex(of: UInt8(ascii: "?")) ?? target.endIndex
        let query = end < target.endIndex ? target[target.index(after: end)...] : ""
        var path: [String] = []
        for segment in target.utf8[..<end].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let text = String(Substring(segment)).percentDecoded else { return (nil, query) }
            path.append(text)
        }
        return (path, query)
    }

    private func sender(
        of request: Request, _ context: TrackerRequestContext, _ route: Route
    ) async throws -> Identity? {
        if case .everyone = route.access { return nil }
        let identity: Identity
        if let token = try request.headers.bearerToken() {
            identity = try await environment.accounts.identity(bearer: token)
        } else {
            let tokens = SessionCookie.tokens(in: request.headers, isSecure: context.isSecure)
            if tokens == nil, route.access == .managersAndThisMachine,
                Loopback.isSender(of: request.head, at: context.channel.remoteAddress)
            {
                return nil
            }
            identity = try await self.identity(byCookies: tokens)
        }
        guard route.access.allows(identity.user.role), route.allows(identity.proof) else { throw APIError.forbidden }
        if identity.mustChangePassword, route.access != .accountsWithTemporaryPassword {
            throw APIError(
                .passwordChangeRequired,
                "This password is temporary: set one of your own with POST \(APIPath.password) first.")
        }
        if environment.accounts.mustSetUpSecondFactor(identity), !route.access.isOpenBeforeSecondFactor {
            throw APIError(
                .secondFactorSetupRequired,
                "Managers need a second factor here: set one up with POST \(APIPath.totp) first.")
        }
        if identity.isByCookie { try Self.checkOrigin(of: request, route) }
        return identity
    }

    /// - Throws: ``APIError`` `unauthorized` without cookies, `account_removed` when none works and the account of one is gone,
    ///   `invalid_token` when none works otherwise, or those of two accounts do:
    ///   nobody knows which one is meant, and one may have been slipped in.
    private func identity(byCookies tokens: [String]?) async throws(APIError) -> Identity {
        guard let tokens else { throw .unauthorized }
        var found: Identity?
        var refusal = APIError.invalidToken
        for token in tokens {
            let identity: Identity
            do throws(APIError) {
                identity = try await environment.accounts.identity(token: token, isByCookie: true)
            } catch {
                if error == .accountRemoved { refusal = error }
                continue
            }
            guard found.map({ $0.id == identity.id }) ?? true else { throw .invalidToken }
            found = found ?? identity
        }
        guard let found else { throw refusal }
        return found
    }

    /// The browser sends the cookie by itself: what other sites make it ask for is refused.
    private static func checkOrigin(of request: Request, _ route: Route) throws {
        if route.method != .get, request.headers[.xRequestedWith] != "tracker" {
            throw APIError(.forbidden, "A change by cookie needs the header X-Requested-With: tracker.")
        }
        if request.headers.comesFromAnotherSite(than: request.head.authority) {
            throw APIError(.forbidden, "The cookie is good for this server's own pages, not for those of other sites.")
        }
    }

    private func checkContentType(of request: Request, _ route: Route, isEmpty: Bool) throws {
        switch route.body {
        case .none: return
        case .optionalJSON where isEmpty: return
        default: break
        }
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" { throw EncodedBody() }
        let type = request.headers.mediaType
        switch route.body {
        case .none: return
        case .json, .optionalJSON:
            guard type == "application/json" else {
                throw APIError(.unsupportedMediaType, "The body must be JSON, with Content-Type: application/json.")
            }
        case .multipart:
            guard type == "multipart/form-data" else {
                throw APIError(.unsupportedMediaType, "The body must be multipart/form-data.")
            }
        }
    }

    private func bodyReader(
        _ request: Request, _ context: TrackerRequestContext, _ route: Route, _ sender: Identity?
    ) -> BodyReader {
        let (limit, overhead) =
            switch route.body {
            case .none: (Int.max, 0)
            case .json, .optionalJSON: (Limits.jsonBody, 0)
            case .multipart: (environment.maxUploadBytes, Limits.multipartOverhead)
            }
        return BodyReader(
            request: request, context: context, limit: limit + overhead, statedLimit: limit,
            deadlines: environment.deadlines, sender: sender?.proof, tokens: environment.tokens)
    }

    private func readJSON(_ body: BodyReader, _ rule: Route.BodyRule) async throws -> JSONValue {
        var bytes: [UInt8] = []
        try await body.read { chunk in
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        // Chunks may turn out to be none.
        if rule == .optionalJSON, bytes.isEmpty { return .object(JSONObject()) }
        // A reader may ignore a byte order mark (RFC 8259, section 8.1); some programs write one.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if bytes.starts(with: mark) { bytes.removeFirst(mark.count) }
        do {
            let value = try JSONReader.value(of: bytes)
            guard value.object != nil else { throw JSONFieldError(field: nil, expected: "an object") }
            return value
        } catch let error as JSONError {
            throw APIError(.invalidJSON, "The body is not valid JSON: \(error).")
        }
    }
}

/// The path exists, the method does not.
struct MethodNotAllowed: Error, Sendable {
    let allowed: [HTTPRequest.Method]

    /// `GET, HEAD, POST`: HEAD goes wherever GET does.
    var allowHeader: String {
        Set(allowed.flatMap { $0 == .get ? ["GET", "HEAD"] : [$0.rawValue] }).sorted().joined(separator: ", ")
    }
}
