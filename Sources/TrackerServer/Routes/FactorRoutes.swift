import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Shared

/// Managers' second factor.
struct FactorRoutes: Sendable {
    let environment: ServerEnvironment

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let factors = FactorRoutes(environment: environment)
        return [
            .post(
                APIPath.totp, .managersWithoutSecondFactor, .none,
                .init("A secret for an authenticator app, to be confirmed.", .json(.factorSecret), errors: [.conflict])
            ) { try await factors.begin($0) }.withoutKeys,
            .post(
                APIPath.totpConfirmation, .managersWithoutSecondFactor, .json,
                .init(
                    "Shows that the app has the secret: from now on a login needs its codes. The recovery codes are shown this "
                        + "once.", takes: .factorCode, .json(.recoveryCodes), errors: [.conflict, .invalidCredentials])
            ) { call in try await AuthRoutes.audited(call, environment) { try await factors.confirm(call) } }
            .withoutKeys,
            .delete(
                APIPath.totp, .managersWithoutSecondFactor, .json,
                .init(
                    "Removes the second factor, by one more of its codes.", takes: .factorCode, .empty,
                    errors: [.invalidCredentials, .notFound, .tooManyAttempts])
            ) { call in try await AuthRoutes.audited(call, environment) { try await factors.remove(call) } }
            .withoutKeys,
        ]
    }

    private func begin(_ call: Call) async throws -> Response {
        let id = try call.identity.id
        let secret = [UInt8].random(count: OneTimeCode.secretLength)
        let sealed = try environment.accounts.seal.seal(secret, of: id)
        let organization = try await call.transact(environment) { transaction in
            guard transaction.state.secrets.factors[id]?.confirmedAt == nil else {
                throw APIError(.conflict, "This account has a second factor: remove it first.")
            }
            transaction.record(.factorSet(id, SecondFactor(secret: sealed)))
            return transaction.state.organization.value.name
        }
        let text = secret.base32
        return .json(FactorSecret(secret: text, uri: Self.uri(text, of: id.spelling, organization)))
    }

    /// As authenticator apps read it (google-authenticator, Key Uri Format).
    static func uri(_ secret: String, of email: String, _ organization: String) -> String {
        let issuer = (organization.isEmpty ? "Time Tracker" : organization).queryEncoded
        return "otpauth://totp/\(issuer):\(email.queryEncoded)?secret=\(secret)&issuer=\(issuer)&algorithm=SHA1"
            + "&digits=\(OneTimeCode.digits)&period=\(OneTimeCode.period)"
    }

    private func confirm(_ call: Call) async throws -> Response {
        let (id, code, now) = (try call.identity.id, try JSONFields(call.json).text("code"), environment.now())
        var generator = SystemRandomNumberGenerator()
        let codes = RecoveryCode.make(using: &generator)
        do {
            try await call.transact(environment) { [seal = environment.accounts.seal] transaction in
                try transaction.confirmFactor(of: id, by: code, recoveryCodes: codes, seal, at: now)
            }
        } catch is WrongCode {
            throw APIError.wrongCode
        }
        return .json(.object(["recoveryCodes": .array(codes.map { .string($0) })]))
    }

    private func remove(_ call: Call) async throws -> Response {
        let (id, code, now) = (try call.identity.id, try JSONFields(call.json).text("code"), environment.now())
        let sender = await environment.passwordSender(of: call, for: try call.identity.user)
        try await environment.accounts.countingWrongCodes(of: id, from: sender) {
            try await call.transact(environment) { [seal = environment.accounts.seal] transaction in
                guard transaction.state.hasSecondFactor(id) else {
                    throw APIError(.notFound, "This account has no second factor.")
                }
                try transaction.prove(id, by: code, seal, at: now)
                transaction.record(.factorRemoved(id))
            }
        }
        return .noContent()
    }
}
