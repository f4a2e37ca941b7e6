import HTTPTypes
import Hummingbird
import JSON
import Shared

/// Employees and managers: the same five routes for each kind.
struct AccountRoutes: Sendable {
    let environment: ServerEnvironment
    let kind: Kind

    /// Whose accounts the routes are about.
    enum Kind: Sendable {
        case employees
        case managers

        func includes(_ role: Role) -> Bool { role.isManager == (self == .managers) }
        /// The role of a new account.
        var role: Role { self == .employees ? .employee : .manager }
    }

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let employees = AccountRoutes(environment: environment, kind: .employees)
        let managers = AccountRoutes(environment: environment, kind: .managers)
        return [
            .get(APIPath.employees, .managers, .init("The employees.", .json(.accounts))) { _ in
                try await employees.list()
            },
            .post(
                APIPath.employees, .managers, .json,
                .init(
                    "Adds an employee.", takes: .newAccount, .json(.account, status: 201),
                    errors: [.conflict, .busy])
            ) { try await employees.add($0) },
            .patch(APIPath.employee, .managers, .json, .init("Renames an employee.", takes: .rename, .json(.account))) {
                try await employees.rename($0)
            },
            .delete(APIPath.employee, .managers, .init("Removes an employee; the history stays.", .empty)) {
                try await employees.remove($0)
            },
            .post(
                APIPath.employeePassword, .managers, .optionalJSON,
                .init(
                    "Sets an employee's password, or makes a temporary one.", takes: .passwordReset,
                    .json(.temporaryPassword), errors: [.busy])
            ) { try await employees.setPassword($0) },
            .get(APIPath.managers, .administrators, .init("The managers and administrators.", .json(.accounts))) { _ in
                try await managers.list()
            },
            .post(
                APIPath.managers, .administrators, .json,
                .init(
                    "Adds a manager.", takes: .newAccount, .json(.account, status: 201),
                    errors: [.conflict, .busy])
            ) { try await managers.add($0) }.withoutKeys,
            .patch(
                APIPath.manager, .administrators, .json, .init("Renames a manager.", takes: .rename, .json(.account))
            ) { try await managers.rename($0) },
            .delete(
                APIPath.manager, .administrators, .init("Removes a manager.", .empty, errors: [.conflict])
            ) { try await managers.remove($0) },
            .post(
                APIPath.managerPassword, .administrators, .optionalJSON,
                .init(
                    "Sets a manager's password, or makes a temporary one.", takes: .managerPasswordReset,
                    .json(.temporaryPassword), errors: [.invalidCredentials, .tooManyAttempts, .busy])
            ) { call in try await AuthRoutes.audited(call, environment) { try await managers.setPassword(call) } }
            .withoutKeys,
        ]
    }

    private func list() async throws -> Response {
        let users = try await environment.store.read { state in
            state.accounts.filter { kind.includes($0.role) }
        }
        return .json(AccountsResponse(users: users))
    }

    private func add(_ call: Call) async throws -> Response {
        let fields = try JSONFields(call.json)
        let id = try fields.accountID()
        let password = try NewPassword(fields, environment.accounts.choice(of: id))
        let user = User(
            email: id.spelling, name: try fields.name() ?? "", role: kind.role, createdAt: environment.now())
        // Before the hash, which is slow, and again after it, when somebody else may have been faster.
        try await environment.store.read { try Self.checkIsFree(id, $0) }
        let verifier = try await hash(password, call)
        try await call.transact(environment) { transaction in
            try Self.checkIsFree(id, transaction.state)
            // A session that still runs, as where the former account was taken out of the file by hand, is another person's.
            endSession(of: id, &transaction)
            transaction.record(.accountAdded(user))
            let credential = transaction.state.newCredential(
                of: id, verifier: verifier, mustChangePassword: password.isTemporary)
            transaction.record(.credentialSet(id, credential))
        }
        return .json(AccountResponse(user: user, temporaryPassword: password.temporary), status: .created)
    }

    private static func checkIsFree(_ id: AccountID, _ state: borrowing TrackerState) throws {
        guard state.user(id) == nil else { throw APIError(.conflict, "User already exists") }
    }

    private func rename(_ call: Call) async throws -> Response {
        let id = try call.accountID
        guard let name = try JSONFields(call.json).name() else {
            throw JSONFieldError(field: "name", expected: Limits.nameRule)
        }
        let user = try await call.transact(environment) { transaction in
            var user = try check(id, transaction.state)
            user.name = name
            transaction.record(.accountRenamed(user.id, name: name))
            return user
        }
        return .json(AccountResponse(user: user))
    }

    private func remove(_ call: Call) async throws -> Response {
        let id = try call.accountID
        let sender = try call.identity.id
        try await call.transact(environment) { transaction in
            if let twin = transaction.state.twin(id.spelling), kind.includes(twin.role) {
                return transaction.record(.twinRemoved(email: twin.email))
            }
            try check(id, transaction.state)
            guard id != sender else { throw APIError(.conflict, "You can't remove your own account.") }
            endSession(of: id, &transaction)
            transaction.record(transaction.state.removal(of: id))
        }
        return .noContent()
    }

    private func endSession(of id: AccountID, _ transaction: inout Transaction) {
        guard let session = transaction.state.openSession(of: id) else { return }
        let outcome = environment.rules.stop(session, idleDelta: 0, at: environment.now()) {
            transaction.state.sessions.hasSession(of: $0, startedAt: $1)
        }
        outcome.changes.forEach { transaction.record($0) }
    }

    private func setPassword(_ call: Call) async throws -> Response {
        let id = try call.accountID
        let fields = try JSONFields(call.json)
        let password = try NewPassword(fields, environment.accounts.choice(of: id))
        let confirmation = try kind == .managers ? Self.confirmation(in: fields) : nil
        _ = try await environment.store.read { try check(id, $0) }
        if let confirmation {
            let sender = try call.identity.user
            _ = try await environment.accounts.verify(
                email: sender.email, password: confirmation,
                from: await environment.passwordSender(of: call, for: sender))
        }
        let verifier = try await hash(password, call)
        try await call.transact(environment) { transaction in
            try check(id, transaction.state)
            let credential = transaction.state.newCredential(
                of: id, verifier: verifier, mustChangePassword: password.isTemporary)
            transaction.record(.credentialSet(id, credential))
            if try call.identity.id != id { transaction.record(.keysEnded(id)) }
        }
        return .json(AccountResponse(temporaryPassword: password.temporary))
    }

    /// The sender's own password. A token that somebody has found is not enough to take over the accounts of those who see
    /// everything, be it another's or the sender's own.
    private static func confirmation(in fields: JSONFields) throws(JSONFieldError) -> String {
        guard let password = try fields.optionalText("currentPassword") else {
            throw JSONFieldError(field: "currentPassword", expected: "your own password")
        }
        return password
    }

    private func hash(_ password: NewPassword, _ call: Call) async throws -> String {
        let identity = try call.identity
        let sender = await environment.passwordSender(of: call, for: identity.user)
        return try await environment.accounts.hash(password.text, for: identity, from: sender)
    }

    @discardableResult
    private func check(_ id: AccountID, _ state: borrowing TrackerState) throws -> User {
        guard let user = state.user(id), kind.includes(user.role) else {
            throw APIError(.notFound, "There is no such \(kind == .employees ? "employee" : "manager").")
        }
        return user
    }
}

/// A password that a request sets, or the one that the server makes because it has none.
private struct NewPassword: Sendable {
    let text: String
    /// It, where the server has made it.
    let temporary: String?

    var isTemporary: Bool { temporary != nil }

    init(_ fields: JSONFields, _ choice: PasswordChoice) throws(JSONFieldError) {
        if let password = try fields.newPassword("password", choice) {
            text = password
            temporary = nil
        } else {
            var generator = SystemRandomNumberGenerator()
            text = TemporaryPassword.make(using: &generator)
            temporary = text
        }
    }
}
