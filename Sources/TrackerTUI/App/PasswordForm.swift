import Shared

/// A new password in place of one that the server made.
struct PasswordForm: Sendable, Hashable {
    enum Field: Int, CaseIterable, Sendable {
        case current, new, repeated
    }

    enum Outcome: Sendable, Hashable {
        case editing
        case submitted(current: String, new: String)
        case left
    }

    private(set) var fields: [TextField]
    private(set) var focus: Field
    var error: String?
    var isBusy = false

    /// - Parameter current: what was just typed at the login, if anything.
    init(current: String) {
        fields = [TextField(current, isSecret: true), TextField(isSecret: true), TextField(isSecret: true)]
        focus = current.isEmpty ? .current : .new
    }

    subscript(field: Field) -> TextField { fields[field.rawValue] }

    mutating func handle(_ key: Key) -> Outcome {
        switch key {
        case .escape: return .left
        case _ where isBusy: return .editing
        case .tab, .down: move(1)
        case .backTab, .up: move(-1)
        case .enter where focus != .repeated: move(1)
        case .enter: return submit()
        default:
            if fields[focus.rawValue].handle(key) { error = nil }
        }
        return .editing
    }

    private mutating func move(_ step: Int) {
        let count = Field.allCases.count
        focus = Field(rawValue: (focus.rawValue + step + count) % count) ?? focus
    }

    private mutating func submit() -> Outcome {
        let (current, new) = (self[.current].text, self[.new].text)
        if current.isEmpty { return refuse("The current password is missing.", .current) }
        if let expected = PasswordRule.missing(in: new) { return refuse("The new password must be \(expected).", .new) }
        if new == current { return refuse("The new password must be another one.", .new) }
        if new != self[.repeated].text { return refuse("The two new passwords are not the same.", .repeated) }
        error = nil
        isBusy = true
        return .submitted(current: current, new: new)
    }

    private mutating func refuse(_ sentence: String, _ field: Field) -> Outcome {
        error = sentence
        focus = field
        return .editing
    }
}
