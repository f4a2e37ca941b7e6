import Foundation
import HTTPTypes
import HummingbirdCore
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
    func newPassword(_ field: String, _ choice: PasswordChoice) throws(JSONFieldError) -> String? {
        guard let password = try optionalText(field) else { return nil }
        if let expected = choice.missing(in: password) { throw JSONFieldError(field: field, expected: expected) }
        return password
    }
}

extension Call {
    /// Whose records are wanted; nil for everybody's.
    /// - Throws: ``APIError`` `forbidden` when an employee asks for another's.
    func wantedEmployee() throws -> AccountID? {
        let identity = try identity
        let asked = query["employeeId"].map { AccountID(stored: $0) }
        guard !identity.user.role.isManager else { return asked }
        guard asked == nil || asked == identity.id else { throw APIError.forbidden }
        return identity.id
    }

    /// The header Idempotency-Key, a UUID, in lower case; nil when there is none.
    func idempotencyKey() throws -> String? {
        guard let header = request.headers[.idempotencyKey] else { return nil }
        guard let key = UploadName.idempotencyKey(header) else {
            throw APIError(.invalidField, "The header Idempotency-Key must be a UUID.")
        }
        return key
    }

    /// Since when the sender may see what bears an employee's id.
    func start(at now: Timestamp) throws -> Timestamp {
        let user = try identity.user
        return user.role.isManager ? Timestamp(milliseconds: .min) : user.start(at: now)
    }
}

extension Query {
    /// A parameter that is 1 or 0, or missing, which is 0.
    func flag(_ name: String) throws -> Bool {
        switch self[name] {
        case nil, "0": return false
        case "1": return true
        default: throw APIError(.invalidField, "\"\(name)\" must be 0 or 1.")
        }
    }

    /// One of several words; nil when missing.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _: Choice.Type = Choice.self
    ) throws -> Choice? {
        guard let text = self[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue)
            throw APIError(
                .invalidField,
                "\"\(name)\" must be \(words.dropLast().joined(separator: ", ")) or \(words.last ?? "").")
        }
        return choice
    }

    /// The days from `from` to `to`, or of `period`; today when nothing is asked for.
    func days(today: CivilDate) throws -> DayRange {
        let period: NamedPeriod? = try choice("period")
        let (from, to) = (try day("from"), try day("to"))
        if let period {
            guard from == nil, to == nil else {
                throw APIError(.invalidField, "\"period\" must not stand beside \"from\" or \"to\".")
            }
            return period.days(today: today)
        }
        guard let from, let to else {
            guard from == nil, to == nil else {
                throw APIError(
                    .invalidField,
                    "\"\(from == nil ? "from" : "to")\" is missing in the query: both days are needed, or a \"period\"."
                )
            }
            return NamedPeriod.today.days(today: today)
        }
        guard from <= to else { throw APIError(.invalidField, "\"to\" must not lie before \"from\".") }
        let days = DayRange(from: from, to: to)
        guard days.count <= DayRange.longest else {
            throw APIError(
                .invalidField, "\"to\" must lie so that there are at most \(DayRange.longest) days from \"from\" on.")
        }
        return days
    }

    private func day(_ name: String) throws -> CivilDate? {
        guard let text = self[name] else { return nil }
        guard let day = CivilDate(iso8601: text) else {
            throw APIError(.invalidField, "\"\(name)\" must be \(CivilDate.rule).")
        }
        return day
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw APIError(
                .invalidField, "\"\(name)\" must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }
}
