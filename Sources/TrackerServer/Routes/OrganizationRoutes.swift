import Hummingbird
import JSON
import Shared

/// The organization's name.
enum OrganizationRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(APIPath.organization, .managers, .init("The organization.", .json(.shownOrganization))) { _ in
                let organization = try await environment.store.read { $0.organization.value }
                return .json(.object(["organization": organization.json]))
            },
            .post(
                APIPath.organization, .managers, .json,
                .init("Names the organization.", takes: .organizationName, .json(.savedOrganization))
            ) { try await save($0, environment) },
        ]
    }

    private static func save(_ call: Call, _ environment: ServerEnvironment) async throws -> Response {
        guard let name = try JSONFields(call.json).name(), !name.isEmpty else {
            throw JSONFieldError(field: "name", expected: "a text of 1 to \(Limits.name) characters")
        }
        let now = environment.now()
        let saved = try await call.transact(environment) { transaction in
            let createdAt = transaction.state.organization.value.createdAt ?? now
            let organization = Organization(name: name, createdAt: createdAt)
            transaction.record(.organizationSaved(organization))
            return organization
        }
        return .json(.object(["ok": .bool(true), "organization": saved.json]))
    }
}
