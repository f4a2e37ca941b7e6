import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Shared

/// Managers' keys for programs.
struct KeyRoutes: Sendable {
    let environment: ServerEnvironment

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let keys = KeyRoutes(environment: environment)
        return [
            .get(APIPath.keys, .managers, .init("One's own keys; an administrator sees all.", .json(.keys))) {
                try await keys.list($0)
            },
            .post(
                APIPath.keys, .managers, .json,
                .init(
                    "Makes a key for a program. Its secret is shown this once.", takes: .newKey,
                    .json(.madeKey, status: 201), errors: [.conflict])
            ) { try await keys.make($0) }.withoutKeys,
            .delete(APIPath.key, .managers, .init("Ends a key: one's own, an administrator any.", .empty)) {
                try await keys.remove($0)
            },
        ]
    }

    private func list(_ call: Call) async throws -> Response {
        let (identity, now) = (try call.identity, environment.now())
        let keys = try await environment.store.read { state in
            state.secrets.keys.all.filter { $0.expiresAt > now && identity.mayEnd($0) }
        }
        return .json(KeysResponse(keys: keys.map { row($0, account: $0.account.spelling) }))
    }

    private func row(_ key: APIKey, account: String? = nil) -> APIKeyRow {
        APIKeyRow(
            id: key.id, name: key.name, scope: key.scope.rawValue, createdAt: key.createdAt, expiresAt: key.expiresAt,
            lastUsedAt: environment.accounts.uses.time(of: key.id) ?? key.lastUsedAt, account: account)
    }

    private func make(_ call: Call) async throws -> Response {
        let fields = try JSONFields(call.json)
        guard let name = try fields.name(), !name.isEmpty else {
            throw JSONFieldError(field: "name", expected: "\(Limits.nameRule), and not empty")
        }
        guard let scope = APIKey.Scope(rawValue: try fields.text("scope")) else {
            throw JSONFieldError(field: "scope", expected: "\"read\" or \"manage\"")
        }
        let days = try fields.optionalInteger("expiresInDays") ?? APIKey.usualDays
        guard APIKey.days.contains(days) else {
            throw JSONFieldError(
                field: "expiresInDays",
                expected: "a whole number from \(APIKey.days.lowerBound) to \(APIKey.days.upperBound)")
        }
        let (identity, now, secret) = (try call.identity, environment.now(), APIKey.Secret.make())
        let key = APIKey(
            id: UUID().uuidString.lowercased(), account: identity.id, name: name, scope: scope, createdAt: now,
            expiresAt: now.adding(seconds: days * 86_400), digest: secret.digest)
        try await call.transact(environment) { transaction in
            let others = transaction.state.secrets.keys.all(of: identity.id).filter { $0.expiresAt > now }
            guard others.count < APIKey.most else {
                throw APIError(
                    .conflict, "This account has \(APIKey.most) keys: remove one that is not needed any more.")
            }
            transaction.record(.keyMade(key))
        }
        return .json(MadeKeyResponse(key: row(key), secret: secret.text), status: .created)
    }

    private func remove(_ call: Call) async throws -> Response {
        let (identity, id) = (try call.identity, call.parameters["id"] ?? "")
        try await call.transact(environment) { transaction in
            guard let key = transaction.state.secrets.keys[id], identity.mayEnd(key) else {
                throw APIError(.notFound, "There is no such key.")
            }
            transaction.record(.keyRemoved(id: id))
        }
        return .noContent()
    }
}

extension Identity {
    /// Keys are their account's own business, and administrators'.
    fileprivate func mayEnd(_ key: APIKey) -> Bool { key.account == id || user.role == .superAdmin }
}
