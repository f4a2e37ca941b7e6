import JSON
import Shared
import Testing

@testable import TrackerServer

/// The keys under which clients encrypt what waits on their disks.
struct QueueKeyTests {
    private let keys = QueueKeys(secret: Array(0..<32))

    private func user(_ email: String, createdAt: Int64? = 1_772_438_400_000) -> User {
        User(email: email, name: "", role: .employee, createdAt: createdAt.map { Timestamp(milliseconds: $0) })
    }

    /// Computed with Python's hmac and hashlib, by RFC 5869.
    @Test func theyAreDerivedAsTheDocumentationSays() {
        let expected = #"{"key":"q9BfJbOzT7Gzh2IPSlkLOcxL5xc25l7bCdS8ay/uJWU="}"#
        #expect(
            String(
                decoding: JSONWriter.bytes(of: keys.key(of: user("eva@example.org")).json, .compact), as: UTF8.self)
                == expected)
    }

    @Test func eachAccountHasItsOwnWhateverItsSpelling() {
        let eva = keys.key(of: user("eva@example.org"))
        #expect(eva == keys.key(of: user("EVA@example.org")))
        let others = [
            keys.key(of: user("ada@example.org")), keys.key(of: user("eva@example.org", createdAt: 1_772_438_400_001)),
            keys.key(of: user("eva@example.org", createdAt: nil)),
            QueueKeys(secret: Array(1..<33)).key(of: user("eva@example.org")),
        ]
        #expect(Set(others + [eva]).count == 5)
    }

    @Test func itIsTheSameAtEachLoginAndAfterAPasswordChange() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let first = try QueueKeyResponse(json: try await server.get(APIPath.queueKey, as: eva).json)
            #expect(first.key.count == QueueKeyResponse.byteCount)
            let again = try await server.post(
                APIPath.password,
                #"{"currentPassword": "\#(TestServer.password)", "newPassword": "another password"}"#, as: eva)
            let token = try LoginResponse(json: try again.json).token
            let second = try await server.get(APIPath.queueKey, as: Person(email: eva.email, token: token))
            #expect(try QueueKeyResponse(json: try second.json) == first)
            #expect(second["cache-control"] == "no-store")
        }
    }

    @Test func whoHasTheEmailAfterAnotherHasAnotherKey() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let first = try await server.get(APIPath.queueKey, as: eva).text
            let admin = try await server.admin()
            server.clock.advance(seconds: 1)
            try await server.delete("\(APIPath.employees)/eva@example.org", as: admin).expect(204)
            let other = try await server.employee()
            #expect(try await server.get(APIPath.queueKey, as: other).text != first)
            try await server.get(APIPath.queueKey, as: eva).expectError(401, "account_removed")
        }
    }

    @Test func managersHaveNone() async throws {
        try await TestServer.run { server in
            try await server.get(APIPath.queueKey, as: try await server.manager()).expectError(403, "forbidden")
        }
    }

    @Test(arguments: [#"{"key":"AAAA"}"#, #"{"key":7}"#, "{}", #"{"key":"not base64"}"#])
    func whatIsNoKeyIsNotTakenForOne(text: String) throws {
        let json = try JSONReader.value(of: Array(text.utf8))
        #expect(throws: JSONFieldError.self) { try QueueKeyResponse(json: json) }
    }
}
