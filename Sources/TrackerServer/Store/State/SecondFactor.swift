import JSON
import Shared

/// What an account proves itself with beside its password: an authenticator app, and codes for when that is lost.
struct SecondFactor: Sendable, Hashable {
    /// The app's secret, as ``FactorSeal`` wraps it.
    var secret: String
    /// Nil while its owner has not shown that the app has it: until then no code is asked for.
    var confirmedAt: Timestamp?
    /// Of the newest code that was taken, see ``OneTimeCode``.
    var lastStep: Int?
    /// What ``RecoveryCode`` makes of those that were not used.
    var recoveryCodes: [String] = []
}

extension SecondFactor {
    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        self.init(
            secret: try fields.text("secret"), confirmedAt: try fields.optionalTimestamp("confirmedAt"),
            lastStep: try fields.optionalInteger("lastStep"), recoveryCodes: try fields.texts("recoveryCodes"))
    }

    var json: JSONValue {
        .object([
            "secret": .string(secret), "confirmedAt": .optional(confirmedAt?.iso8601), "lastStep": .optional(lastStep),
            "recoveryCodes": .array(recoveryCodes.map { .string($0) }),
        ])
    }
}
