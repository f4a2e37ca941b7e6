import Shared

/// A code that is wrong, or was taken before.
struct WrongCode: Error, Sendable {}

extension Transaction {
    /// Takes the code of an account that has a second factor; each is taken once.
    /// - Throws: ``APIError`` `second_factor_required` without one; ``WrongCode``; ``FactorSeal/Unreadable``.
    mutating func prove(_ account: AccountID, by code: String?, _ seal: FactorSeal, at now: Timestamp) throws {
        guard let factor = state.secrets.factors[account], factor.confirmedAt != nil else { return }
        guard let code else { throw APIError.secondFactorRequired }
        record(.factorSet(account, try Self.factor(factor, of: account, after: code, seal, at: now)))
    }

    /// The account's app has shown that it has the secret: from now on codes are asked for.
    /// - Throws: ``APIError`` `conflict` when nothing is to be confirmed; ``WrongCode``; ``FactorSeal/Unreadable``.
    mutating func confirmFactor(
        of account: AccountID, by code: String, recoveryCodes: [String], _ seal: FactorSeal, at now: Timestamp
    ) throws {
        guard var factor = state.secrets.factors[account], factor.confirmedAt == nil else {
            throw APIError(.conflict, "There is nothing to confirm: ask for a secret with POST \(APIPath.totp) first.")
        }
        factor = try Self.factor(factor, of: account, after: code, seal, at: now)
        factor.confirmedAt = now
        factor.recoveryCodes = recoveryCodes.map(RecoveryCode.digest)
        record(.factorSet(account, factor))
    }

    /// As it is once the code was taken.
    private static func factor(
        _ factor: SecondFactor, of account: AccountID, after code: String, _ seal: FactorSeal, at now: Timestamp
    ) throws -> SecondFactor {
        var factor = factor
        let plain = RecoveryCode.plain(code)
        if plain.utf8.count == OneTimeCode.digits {
            let secret = try seal.open(factor.secret, of: account)
            guard let step = OneTimeCode.step(of: plain, secret, at: now, after: factor.lastStep) else {
                throw WrongCode()
            }
            factor.lastStep = step
        } else {
            let digest = RecoveryCode.digest(of: plain)
            guard let index = factor.recoveryCodes.firstIndex(of: digest) else { throw WrongCode() }
            factor.recoveryCodes.remove(at: index)
        }
        return factor
    }
}
