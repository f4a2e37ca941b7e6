import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import Shared

/// One row of the interface: a method, a path, who may call it, what it takes, and what it does.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: PathPattern
    let access: Access
    /// The names of the query parameters that it knows.
    let query: [String]
    let body: BodyRule
    let handler: @Sendable (Call) async throws -> Response

    /// Who may call a route.
    enum Access: Sendable {
        /// No token needed.
        case everyone
        case employees
        /// Managers and administrators.
        case managers
        case administrators
        /// Every account.
        case accounts
        /// Every account, also while its password must be changed first.
        case accountsWithTemporaryPassword

        func allows(_ role: Role) -> Bool {
            switch self {
            case .everyone, .accounts, .accountsWithTemporaryPassword: true
            case .employees: role == .employee
            case .managers: role.isManager
            case .administrators: role == .superAdmin
            }
        }
    }

    /// What a route takes as its body.
    enum BodyRule: Sendable {
        /// Nothing; what comes is ignored.
        case none
        /// A JSON text, up to ``Limits/jsonBody``.
        case json
        /// A JSON text, or nothing at all, which counts as `{}`.
        case optionalJSON
        /// `multipart/form-data`; the handler reads it.
        case multipart
    }

    static func get(
        _ path: String, _ access: Access, query: [String] = [],
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .get, path: PathPattern(path), access: access, query: query, body: .none, handler: handler)
    }

    static func post(
        _ path: String, _ access: Access, _ body: BodyRule,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .post, path: PathPattern(path), access: access, query: [], body: body, handler: handler)
    }

    static func patch(
        _ path: String, _ access: Access, _ body: BodyRule,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .patch, path: PathPattern(path), access: access, query: [], body: body, handler: handler)
    }

    static func delete(
        _ path: String, _ access: Access, _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(method: .delete, path: PathPattern(path), access: access, query: [], body: .none, handler: handler)
    }

    /// The query of a request, checked below `/api/`: who misspells what narrows an answer shall not get the whole.
    ///
    /// - Throws: ``APIError`` for a broken escape, and `invalid_field` for a parameter that the route does not know or that
    ///   stands twice.
    func query(_ text: Substring) throws -> Query {
        try path.isAPI ? Query(text, known: query) : Query(text)
    }
}

/// A path with parameters in braces, such as `/api/employees/{email}`.
struct PathPattern: Sendable {
    private let segments: [Segment]

    private enum Segment: Sendable {
        case fixed(String)
        case parameter(String)
    }

    init(_ path: String) {
        segments = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .fixed(String(part))
        }
    }

    /// True for a path below `/api/`.
    var isAPI: Bool {
        guard segments.count > 2, case .fixed("api") = segments[1] else { return false }
        return true
    }

    /// The parameters if the decoded segments of a path fit; a parameter is one segment, not empty.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .fixed(let expected): guard text == expected else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}

extension String {
    /// Nil when an escape is broken or the bytes are no UTF-8. `+` stays `+`: emails have it.
    var percentDecoded: String? {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }),
                let low = rest.popFirst().flatMap({ Character(Unicode.Scalar($0)).hexDigitValue })
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

/// A request that has passed the checks of its route.
struct Call: Sendable {
    let request: Request
    let context: TrackerRequestContext
    let parameters: [String: String]
    let query: Query
    /// The JSON body; `{}` where there is none.
    var json: JSONValue = .object(JSONObject())
    private let sender: Identity?
    let body: BodyReader

    init(
        request: Request, context: TrackerRequestContext, parameters: [String: String], query: Query,
        sender: Identity?, body: BodyReader
    ) {
        self.request = request
        self.context = context
        self.parameters = parameters
        self.query = query
        self.sender = sender
        self.body = body
    }

    /// Who sends it. Routes that everyone may call have no identity.
    var identity: Identity {
        get throws {
            guard let sender else { throw APIError.unauthorized }
            return sender
        }
    }

    /// A transaction on behalf of the sender. The request may have taken long: whoever was removed, or whose token has
    /// expired or was ended meanwhile, changes nothing any more.
    /// - Throws: ``APIError`` `invalid_token` or `account_removed`, or what `body` and the store throw.
    func transact<Value: Sendable>(
        _ environment: ServerEnvironment, _ body: @Sendable (inout Transaction) throws -> Value
    ) async throws -> Value {
        let claims = try identity.claims
        return try await environment.store.transact { transaction in
            guard claims.expiresAt > environment.now(),
                transaction.state.identity(of: claims, isByCookie: false) != nil
            else { throw transaction.state.refusal(of: claims) }
            return try body(&transaction)
        }
    }

    /// The account in the path, in whatever form: there may be accounts that no rule of today allows.
    var accountID: AccountID {
        get throws {
            guard let text = parameters["email"] else { throw APIError(.notFound, "There is no such account.") }
            return AccountID(stored: text)
        }
    }
}

/// The query of a request, percent-decoded.
struct Query: Sendable {
    private var values: [String: String] = [:]

    /// Of a name that stands twice the last counts.
    ///
    /// - Throws: ``APIError`` when an escape is broken.
    init(_ text: Substring) throws {
        for (name, value) in try Self.pairs(text) { values[name] = value }
    }

    /// - Parameter known: the only names that may stand there, each once.
    /// - Throws: ``APIError`` when another does, and when an escape is broken.
    init(_ text: Substring, known: [String]) throws {
        for (name, value) in try Self.pairs(text) {
            guard known.contains(name) else {
                let names = known.map { "\"\($0)\"" }.joined(separator: ", ")
                throw APIError(
                    .invalidField,
                    "\"\(name)\" is no query parameter of this path; "
                        + (known.isEmpty ? "it takes none." : "it takes \(names)."))
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw APIError(.invalidField, "\"\(name)\" must stand only once in the query.")
            }
        }
    }

    private static func pairs(_ text: Substring) throws -> [(name: String, value: String)] {
        try text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(parts[0]).percentDecoded,
                let value = String(parts.count > 1 ? parts[1] : "").percentDecoded
            else { throw APIError(.badRequest, "The query has a broken % escape.") }
            return (name, value)
        }
    }

    /// Nil when missing or empty.
    subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }
}

/// What the server hands every request: its connection and its log.
struct TrackerRequestContext: InitializableFromSource, Sendable {
    let channel: any Channel
    let logger: Logger

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
        logger = source.logger
    }

    /// The sender's IP address, without the port.
    var address: String { channel.remoteAddress?.ipAddress ?? "unknown" }
}
