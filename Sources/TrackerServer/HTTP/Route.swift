import HTTPTypes
import Hummingbird
import Shared

/// One row of the interface: a method, a path, who may call it, what it takes, and what it does.
struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: PathPattern
    let access: Access
    /// The query parameters that it knows.
    let query: [QueryParameter]
    let body: BodyRule
    /// What it is for, and what comes of it: for the document of the interface.
    let operation: Operation
    /// True when the header Idempotency-Key makes a repeated request harmless.
    var takesIdempotencyKey = false
    /// False: only for those who are signed in; programs with an API key are refused, whatever its scope.
    private(set) var takesKeys = true
    /// True when a query parameter without a value is as good as missing.
    private var parametersMayBeEmpty = false
    let handler: @Sendable (Call) async throws -> Response

    /// Who may call a route.
    enum Access: Sendable {
        /// No token needed.
        case everyone
        case employees
        /// Managers and administrators.
        case managers
        /// Managers and administrators; without a token programs on the server's own machine, see ``Loopback``.
        case managersAndThisMachine
        /// Managers and administrators, also while they must set up a second factor first.
        case managersWithoutSecondFactor
        case administrators
        /// Every account.
        case accounts
        /// Every account, also while its password must be changed first.
        case accountsWithTemporaryPassword

        /// True for what a manager may do who must set up a second factor first: that, and what concerns the own password.
        var isOpenBeforeSecondFactor: Bool {
            self == .managersWithoutSecondFactor || self == .accountsWithTemporaryPassword
        }

        func allows(_ role: Role) -> Bool {
            switch self {
            case .everyone, .accounts, .accountsWithTemporaryPassword: true
            case .employees: role == .employee
            case .managers, .managersAndThisMachine, .managersWithoutSecondFactor: role.isManager
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
        _ path: String, _ access: Access, query: [QueryParameter] = [], _ operation: Operation,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(
            method: .get, path: PathPattern(path), access: access, query: query, body: .none, operation: operation,
            handler: handler)
    }

    static func post(
        _ path: String, _ access: Access, _ body: BodyRule, _ operation: Operation,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(
            method: .post, path: PathPattern(path), access: access, query: [], body: body, operation: operation,
            handler: handler)
    }

    static func patch(
        _ path: String, _ access: Access, _ body: BodyRule, _ operation: Operation,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(
            method: .patch, path: PathPattern(path), access: access, query: [], body: body, operation: operation,
            handler: handler)
    }

    static func delete(
        _ path: String, _ access: Access, _ operation: Operation,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        delete(path, access, .none, operation, handler)
    }

    static func delete(
        _ path: String, _ access: Access, _ body: BodyRule, _ operation: Operation,
        _ handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Route {
        Route(
            method: .delete, path: PathPattern(path), access: access, query: [], body: body, operation: operation,
            handler: handler)
    }

    /// Keys of scope `read` change nothing.
    func allows(_ proof: Proof) -> Bool {
        switch proof {
        case .token: true
        case .key(let key): takesKeys && (key.scope == .manage || method == .get)
        }
    }

    /// The same route, where API keys are refused.
    var withoutKeys: Route {
        var route = self
        route.takesKeys = false
        return route
    }

    /// The same route, where the header Idempotency-Key counts.
    var idempotent: Route {
        var route = self
        route.takesIdempotencyKey = true
        return route
    }

    /// The same route, where a query parameter without a value is as good as missing: its first programs send such.
    var takingEmptyParameters: Route {
        var route = self
        route.parametersMayBeEmpty = true
        return route
    }

    /// The query of a request. Below `/api/` it may have nothing else than the route knows, and nothing empty: who misspells
    /// what narrows an answer, or leaves it out, shall not get the whole.
    ///
    /// - Throws: ``APIError`` for a broken escape, and `invalid_field` for a parameter that the route does not know, that
    ///   stands twice or that is empty.
    func query(_ text: Substring) throws -> Query {
        let names = query.map(\.name)
        return try path.isAPI ? Query(text, known: names, mayBeEmpty: parametersMayBeEmpty) : Query(text, once: names)
    }
}
