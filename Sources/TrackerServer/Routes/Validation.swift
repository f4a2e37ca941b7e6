import Foundation
import JSON
import Shared

extension JSONFields {
    /// An account's id in the field `email`.
    func accountID(_ field: String = "email") throws(JSONFieldError) -> AccountID {
        guard let id = AccountID(try text(field)) else { throw JSONFieldError(field: field, expected: AccountID.rule) }
        return id
    }

    /// A name for people; nil when missing. White space around it is taken off.
    func name(_ field: String = "name") throws(JSONFieldError) -> String? {
        guard let text = try optionalText(field) else { return nil }
        guard let name = Self.name(text) else { throw JSONFieldError(field: field, expected: Limits.nameRule) }
        return name
    }

    /// The name that a text is, without white space around it; nil when it breaks ``Limits/nameRule``.
    static func name(_ text: String) -> String? {
        let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
        let isAllowed =
            name.unicodeScalars.count <= Limits.name
            && !name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return isAllowed ? name : nil
    }

    /// A password to be set; nil when missing.
    func newPassword(_ field: String) throws(JSONFieldError) -> String? {
        guard let password = try optionalText(field) else { return nil }
        if let expected = PasswordRule.missing(in: password) { throw JSONFieldError(field: field, expected: expected) }
        return password
    }
}

extension Query {
    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw APIError(
                .invalidField, "\"\(name)\" must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }
}
