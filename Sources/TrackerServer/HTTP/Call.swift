import Hummingbird
import JSON
import Shared

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

    /// False on routes that everyone may call.
    var isSignedIn: Bool { sender != nil }

    /// Who sends it. Routes that everyone may call have no identity.
    var identity: Identity {
        get throws {
            guard let sender else { throw APIError.unauthorized }
            return sender
        }
    }

    /// The token that it comes with. Routes that need one take no keys.
    var claims: TokenClaims {
        get throws {
            guard case .token(let claims) = try identity.proof else { throw APIError.forbidden }
            return claims
        }
    }

    /// The sender, as the audit names it.
    var author: Author {
        get throws { Author(account: try identity.user.email, address: context.address) }
    }

    /// A transaction on behalf of the sender, of which the audit tells. The request may have taken long: whoever was removed, or whose token has
    /// expired or was ended meanwhile, changes nothing any more.
    /// - Throws: ``APIError`` `invalid_token` or `account_removed`, or what `body` and the store throw.
    func transact<Value: Sendable>(
        _ environment: ServerEnvironment, _ body: @Sendable (inout Transaction) throws -> Value
    ) async throws -> Value {
        let proof = try identity.proof
        return try await environment.store.transact(by: try author) { transaction in
            guard proof.expiresAt > environment.now(),
                transaction.state.identity(of: proof, isByCookie: false) != nil
            else { throw transaction.state.refusal(of: proof) }
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
