import Shared

/// Server, email and password.
struct LoginForm: Sendable, Hashable {
    enum Field: Int, CaseIterable, Sendable {
        case server, email, password
    }

    enum Outcome: Sendable, Hashable {
        case editing
        case submitted(Account, password: String)
        /// Escape while the server is asked.
        case cancelled
        case quit
    }

    private(set) var fields: [TextField]
    private(set) var focus: Field
    /// Why the last attempt failed.
    var error: String?
    /// The server is being asked.
    var isBusy = false
    /// What is said once, at the first sign-in: sentences.
    let notes: [String]
    private let server: String
    private let serverOrigin: String?

    /// - Parameter serverOrigin: the file that the server's address comes from, if it does.
    init(server: String, email: String, password: String = "", serverOrigin: String? = nil, notes: [String] = []) {
        (self.server, self.serverOrigin, self.notes) = (server, serverOrigin, notes)
        fields = [TextField(server), TextField(email), TextField(password, isSecret: true)]
        focus = .password
        focus = Field.allCases.first { self[$0].text.isEmpty } ?? .password
    }

    subscript(field: Field) -> TextField { fields[field.rawValue] }

    /// Where the address in the first field comes from, as long as it is that one.
    var shownOrigin: String? { self[.server].text == server ? serverOrigin : nil }

    mutating func clearPassword() { fields[Field.password.rawValue].clear() }

    mutating func handle(_ key: Key) -> Outcome {
        if isBusy {
            guard key == .escape else { return .editing }
            isBusy = false
            return .cancelled
        }
        switch key {
        case .escape: return .quit
        case .tab, .down: move(1)
        case .backTab, .up: move(-1)
        case .enter where focus != .password: move(1)
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
        guard let server = BackendURL(self[.server].text) else {
            return refuse("The server must be \(BackendURL.allowed).", .server)
        }
        guard let id = AccountID(self[.email].text) else {
            return refuse("The email must have \(AccountID.rule).", .email)
        }
        guard !self[.password].text.isEmpty else { return refuse("The password is missing.", .password) }
        error = nil
        isBusy = true
        return .submitted(Account(id: id, server: server), password: self[.password].text)
    }

    private mutating func refuse(_ sentence: String, _ field: Field) -> Outcome {
        error = sentence
        focus = field
        return .editing
    }
}
