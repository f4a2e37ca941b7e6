import JSON
import Shared

extension Target {
    /// Asks for a correction.
    /// - Parameter key: the Idempotency-Key.
    func correct(
        _ employee: String, _ date: String = "2026-03-02", minutes: Int = 30, reason: String = "forgot to log in",
        as person: Person, key: String? = nil
    ) async throws -> Reply {
        let body = JSONText.object([
            "employeeId": .string(employee), "date": .string(date), "minutes": .number(minutes),
            "reason": .string(reason),
        ])
        return try await post(
            APIPath.workCorrections, body, as: person, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
    }

    func revoke(_ correction: String, as person: Person) async throws -> Reply {
        try await delete(APIPath.workCorrections + "/" + correction, as: person)
    }
}
