import Hummingbird
import JSON
import Logging
import Shared

// What the audit tells of passwords and codes: those that were right, and those that were not.
extension AuthRoutes {
    /// The answer of a route that takes a password or a code, once the audit has it. Of those that were not looked at, since there
    /// were too many, the log alone tells.
    static func audited(
        _ call: Call, _ environment: ServerEnvironment, _ answer: () async throws -> Response
    ) async throws -> Response {
        do {
            let response = try await answer()
            // Whose password it was, the token says elsewhere; a password that is changed is a change.
            if let email = try loginEmail(in: call) { try await signedIn(email, call, environment) }
            return response
        } catch let error as APIError {
            if let reason = reason(of: error, call) {
                try await refused(try email(in: call), reason, call, environment)
            }
            throw error
        } catch let error as TooManyAttempts {
            let id = AccountID(stored: try email(in: call))
            var metadata: Logger.Metadata = ["from": "\(call.context.address)"]
            metadata["account"] = environment.store.peek { $0.user(id)?.email.printable }.map { "\($0)" }
            environment.logger.info("A sign-in was refused after too many that failed", metadata: metadata)
            throw error
        }
    }

    /// Why somebody was not believed; nil where neither password nor code was looked at.
    private static func reason(of error: APIError, _ call: Call) -> String? {
        switch error.code {
        case .invalidCredentials: error == .wrongCode ? "wrong code" : "wrong password"
        case .secondFactorRequired: "right password, no code"
        case .forbidden where !call.isSignedIn: "another role"
        default: nil
        }
    }

    /// Nil for a route that is not for strangers.
    private static func loginEmail(in call: Call) throws -> String? {
        call.isSignedIn ? nil : try LoginRequest(json: call.json).email
    }

    private static func email(in call: Call) throws -> String {
        if let email = try loginEmail(in: call) { return email }
        return try call.identity.user.email
    }

    private static func signedIn(_ email: String, _ call: Call, _ environment: ServerEnvironment) async throws {
        let id = AccountID(email) ?? AccountID(stored: email)
        let account = environment.store.peek { $0.user(id)?.email } ?? id.spelling
        try await environment.store.transact(by: Author(account: account, address: call.context.address)) {
            $0.note(.login, about: account)
        }
    }

    private static func refused(
        _ email: String, _ reason: String, _ call: Call, _ environment: ServerEnvironment
    ) async throws {
        let id = AccountID(email) ?? AccountID(stored: email)
        try await environment.store.transact(by: .stranger(at: call.context.address)) { transaction in
            // Who types the password into the wrong field must not find it here.
            let account = transaction.state.user(id)?.email
            transaction.note(.loginRefused, about: account, JSONObject([("reason", .string(reason))]))
        }
    }
}
