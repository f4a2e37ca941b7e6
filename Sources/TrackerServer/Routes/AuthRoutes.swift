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
                    errors: [
                        .invalidField, .badRequest, .invalidCredentials, .secondFactorRequired, .forbidden,
                        .tooManyAttempts, .busy, .conflict,
                    ])
            ) { call in try await audited(call, environment) { try await login(call, environment) } },
            .post(
                APIPath.logout, .accountsWithTemporaryPassword, .none,
                .init("Ends the sign-in: all its tokens, and the cookie.", .empty)
            ) { try await logout($0, environment) }.withoutKeys,
            .post(
                APIPath.refresh, .accounts, .none,
                .init("One more token of the sign-in; the older one stays good until its own end.", .json(.login))
            ) {
                try await refresh($0, environment)
            }.withoutKeys,
            .get(
                APIPath.me, .accountsWithTemporaryPassword,
                .init("Whose token or cookie it is, until when, and the zone that days are cut in.", .json(.me))
            ) { call in
                let identity = try call.identity
                return .json(
                    SignedIn(
                        user: identity.user, expiresAt: identity.proof.expiresAt,
                        mustChangePassword: identity.mustChangePassword, zone: environment.rules.calendar.zone.name,
                        secondFactor: identity.user.role.isManager ? identity.hasSecondFactor : nil))
            },
            .get(
                APIPath.queueKey, .employees,
                .init("The key under which the employee's client encrypts what waits on its disk.", .json(.queueKey))
            ) { .json(environment.queueKeys.key(of: try $0.identity.user)) },
            .post(
                APIPath.password, .accountsWithTemporaryPassword, .json,
                .init(
                    "Changes the account's own password.", takes: .passwordChange, .json(.login),
                    errors: [.invalidCredentials, .tooManyAttempts, .busy])
            ) { call in try await audited(call, environment) { try await changePassword(call, environment) } }
            .withoutKeys,
        ]
    }

    private static func login(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let request = try LoginRequest(json: call.json)
        // What can't be an account need not be remembered as a guess.
        if environment.store.peek({ $0.user(AccountID(stored: request.email)) == nil }) {
            _ = try JSONFields(call.json).accountID()
        }
        let known = environment.store.peek { $0.user(AccountID(stored: request.email)) }
        let sender = await environment.passwordSender(of: call, for: known)
        let (user, version) = try await environment.accounts.verify(
            email: request.email, password: request.password, from: sender)
        if let role = request.role, role != user.role.rawValue {
            throw APIError(.forbidden, "This account has another role than the one asked for.")
        }
        let login = try await environment.accounts.login(
            user.id, version: version, code: request.code, from: call.origin, sender)
        guard let login else { throw APIError.invalidCredentials }
        var response = answer(login, setsCookie: request.cookie, call, environment)
        if request.cookie || request.device {
            let cookie = environment.devices.setting(for: user, isSecure: call.context.isSecure)
            response.headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return response
    }

    private static func logout(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let claims = try call.claims
        let now = environment.now()
        try await environment.store.transact(by: try call.author) { transaction in
            transaction.endSignIn(of: claims, at: now)
        }
        return .noContent(headers: [.setCookie: SessionCookie.clearing(isSecure: call.context.isSecure)])
    }

    private static func refresh(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        let identity = try call.identity
        let (claims, origin, now) = (try call.claims, call.origin, environment.now())
        let admission = try await call.transact(environment) { transaction in
            guard let credential = transaction.state.credential(of: identity.id) else {
                throw APIError.invalidToken
            }
            return transaction.prolong(
                claims, of: identity.user, credential, from: origin, environment.accounts.rule, at: now)
        }
        return answer(
            try await environment.accounts.login(admission), setsCookie: identity.isByCookie,
            // The cookie keeps the token out of reach of scripts; its renewal must not hand them one.
            showsToken: !identity.isByCookie, call, environment)
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
        let sender = await environment.passwordSender(of: call, for: identity.user)
        _ = try await environment.accounts.verify(
            email: identity.user.email, password: request.currentPassword, from: sender)
        let verifier = try await environment.accounts.hash(newPassword, for: identity, from: sender)
        let (claims, origin, now) = (try call.claims, call.origin, environment.now())
        let admission = try await call.transact(environment) { transaction in
            let credential = transaction.state.newCredential(
                of: identity.id, verifier: verifier, mustChangePassword: false)
            transaction.record(.credentialSet(identity.id, credential))
            return transaction.prolong(
                claims, of: identity.user, credential, from: origin, environment.accounts.rule, at: now)
        }
        return answer(
            try await environment.accounts.login(admission), setsCookie: identity.isByCookie, call, environment)
    }

    private static func answer(
        _ login: LoginResponse, setsCookie: Bool, showsToken: Bool = true, _ call: Call,
        _ environment: ServerEnvironment
    ) -> Response {
        var members = login.json.object ?? JSONObject()
        if !showsToken { members["token"] = nil }
        return .json(
            .object(members),
            headers: setsCookie
                ? [.setCookie: SessionCookie.setting(login, at: environment.now(), isSecure: call.context.isSecure)]
                : [:])
    }
}
