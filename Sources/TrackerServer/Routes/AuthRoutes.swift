import HTTPTypes
import Hummingbird
import JSON
import Shared

/// Login, logout, and what an account does with its own password.
enum AuthRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .post(
                APIPath.login, .everyone, .json,
                .init(
                    "A token for a password.", takes: .credentials, .json(.login),
                    errors: [.invalidField, .badRequest, .invalidCredentials, .forbidden, .tooManyAttempts])
            ) { try await audited(login, $0, environment) },
            .post(
                APIPath.logout, .accountsWithTemporaryPassword, .none, .init("Ends the token, and the cookie.", .empty)
            ) { try await logout($0, environment) },
            .post(APIPath.refresh, .accounts, .none, .init("A fresh token.", .json(.login))) {
                try await refresh($0, environment)
            },
            .get(
                APIPath.me, .accountsWithTemporaryPassword,
                .init("Whose token or cookie it is, until when, and the zone that days are cut in.", .json(.me))
            ) { call in
                let identity = try call.identity
                return .json(
                    SignedIn(
                        user: identity.user, expiresAt: identity.claims.expiresAt,
                        mustChangePassword: identity.mustChangePassword, zone: environment.rules.calendar.zone.name))
            },
            .get(
                APIPath.queueKey, .employees,
                .init("The key under which the employee's client encrypts what waits on its disk.", .json(.queueKey))
            ) { .json(environment.queueKeys.key(of: try $0.identity.user)) },
            .post(
                APIPath.password, .accountsWithTemporaryPassword, .json,
                .init(
                    "Changes the account's own password.", takes: .passwordChange, .json(.login),
                    errors: [.invalidCredentials, .tooManyAttempts])
            ) {
                try await audited(changePassword, $0, environment)
            },
        ]
    }

    private static func login(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let request = try LoginRequest(json: call.json)
        // What can't be an account need not be remembered as a guess.
        if environment.store.peek({ $0.user(AccountID(stored: request.email)) == nil }) {
            _ = try JSONFields(call.json).accountID()
        }
        let (user, version) = try await environment.accounts.verify(
            email: request.email, password: request.password, address: call.context.address)
        if let role = request.role, role != user.role.rawValue {
            throw APIError(.forbidden, "This account has another role than the one asked for.")
        }
        return try await answer(
            to: user.id, version: version, setsCookie: request.cookie, else: .invalidCredentials, call.context,
            environment)
    }

    private static func logout(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let claims = try call.identity.claims
        let now = environment.now()
        try await environment.store.transact(by: try call.author) { transaction in
            transaction.record(.tokenRevoked(id: claims.jti, expiresAt: claims.expiresAt, at: now))
            transaction.note(.tokensEnded, about: claims.sub, JSONObject([("reason", .string("logout"))]))
        }
        return .noContent(headers: [.setCookie: SessionCookie.clearing(isSecure: call.context.isSecure)])
    }

    private static func refresh(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        return try await answer(
            to: identity.id, version: identity.claims.ver, setsCookie: identity.isByCookie,
            // The cookie keeps the token out of reach of scripts; its renewal must not hand them one.
            showsToken: !identity.isByCookie,
            else: environment.store.peek { $0.refusal(of: identity.claims) }, call.context, environment)
    }

    private static func changePassword(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        let request = try PasswordChangeRequest(json: call.json)
        let fields = try JSONFields(call.json)
        guard let newPassword = try fields.newPassword("newPassword", environment.accounts.choice(of: identity.id))
        else {
            throw JSONFieldError(field: "newPassword", expected: PasswordRule.sentence)
        }
        let (new, current) = (PasswordRule.prepared(newPassword), PasswordRule.prepared(request.currentPassword))
        guard !new.utf8.elementsEqual(current.utf8) else {
            throw JSONFieldError(field: "newPassword", expected: "another password than the current one")
        }
        _ = try await environment.accounts.verify(
            email: identity.user.email, password: request.currentPassword, address: call.context.address)
        let verifier = try await environment.accounts.hash(newPassword)
        let version = try await call.transact(environment) { transaction in
            let credential = transaction.state.newCredential(
                of: identity.id, verifier: verifier, mustChangePassword: false)
            transaction.record(.credentialSet(identity.id, credential))
            return credential.version
        }
        return try await answer(
            to: identity.id, version: version, setsCookie: identity.isByCookie,
            else: environment.store.peek { $0.refusal(of: identity.claims) }, call.context, environment)
    }

    /// A fresh token, or `error` when the password was changed, or the account removed, between the check and now.
    private static func answer(
        to id: AccountID, version: Int, setsCookie: Bool, showsToken: Bool = true,
        else error: @autoclosure () -> APIError,
        _ context: TrackerRequestContext, _ environment: ServerEnvironment
    ) async throws -> Response {
        guard let login = try await environment.accounts.login(id, version: version) else { throw error() }
        var members = login.json.object ?? JSONObject()
        if !showsToken { members["token"] = nil }
        return .json(
            .object(members),
            headers: setsCookie ? [.setCookie: SessionCookie.setting(login, isSecure: context.isSecure)] : [:])
    }
}
