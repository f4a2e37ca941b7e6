import HTTPTypes
import Hummingbird
import Shared

/// What an account is signed in with, and how that ends.
struct SignInRoutes: Sendable {
    let environment: ServerEnvironment

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let signIns = SignInRoutes(environment: environment)
        return [
            .get(
                APIPath.sessions, .accounts,
                .init("The account's sign-ins: each is one login and all that refreshes made of it.", .json(.signIns))
            ) { try await signIns.list($0) }.withoutKeys,
            .delete(
                APIPath.session, .accounts,
                .init("Ends one of the account's sign-ins, with its sockets and streams.", .empty)
            ) { try await signIns.end($0) }.withoutKeys,
            .delete(APIPath.accountSessions, .administrators, .init("Ends all sign-ins of an account.", .empty)) {
                try await signIns.endAll($0)
            }.withoutKeys,
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let identity = try call.identity
        let (claims, now, origin) = (try call.claims, environment.now(), call.origin)
        let signIns = try await environment.store.read { state in
            state.signIns(of: identity.id, at: now).reversed()
        }
        let current = claims.signIn
        var rows = signIns.map { row($0, isCurrent: $0.id == current) }
        if !rows.contains(where: \.isCurrent) {
            rows.insert(row(SignIn(claims, from: origin, at: now), isCurrent: true), at: 0)
        }
        return .json(SignInsResponse(sessions: rows))
    }

    private func row(_ signIn: SignIn, isCurrent: Bool) -> SignInRow {
        SignInRow(
            id: signIn.id, createdAt: signIn.createdAt, expiresAt: signIn.expiresAt,
            lastUsedAt: environment.accounts.uses.time(of: signIn), address: signIn.origin.address,
            client: signIn.origin.client, isCurrent: isCurrent)
    }

    private func end(_ call: Call) async throws -> Response {
        let identity = try call.identity
        let (claims, now, id) = (try call.claims, environment.now(), call.parameters["id"] ?? "")
        try await call.transact(environment) { transaction in
            if id == claims.signIn {
                transaction.endSignIn(of: claims, at: now)
            } else if transaction.state.signIns(of: identity.id, at: now).contains(where: { $0.id == id }) {
                transaction.record(.signInEnded(identity.id, id: id))
            } else {
                throw APIError(.notFound, "This account has no such sign-in.")
            }
        }
        return .noContent()
    }

    private func endAll(_ call: Call) async throws -> Response {
        let id = try call.accountID
        try await call.transact(environment) { transaction in
            guard let user = transaction.state.user(id) else { throw APIError(.notFound, "There is no such account.") }
            transaction.record(transaction.state.endOfSignIns(of: user.id))
        }
        return .noContent()
    }
}

extension Call {
    /// Where a sign-in that it makes comes from.
    var origin: SignInOrigin {
        SignInOrigin(address: context.address, client: request.headers[.userAgent] ?? "")
    }
}
