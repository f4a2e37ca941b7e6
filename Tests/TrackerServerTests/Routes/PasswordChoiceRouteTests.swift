import JSON
import Shared
import Testing

@testable import TrackerServer

/// Passwords that are easy to guess, wherever one is set; and who may set an administrator's.
@Suite struct PasswordChoiceRouteTests {
    private static let easy = [
        "          ", "1234567890", "eva@example.org", "aaaaaaaaaaaa", "Password123", "Harbour Freight",
    ]

    @Test func aPasswordThatIsEasyToGuessIsSetNowhere() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            try await server.post(APIPath.organization, #"{"name": "Harbour Freight"}"#, as: admin).expect(200)
            let eva = try await server.employee()
            _ = try await server.manager()
            let before = try server.folders.snapshot()
            func expectRefusal(_ path: String, _ body: String, _ person: Person) async throws {
                let reply = try await server.post(path, body, as: person)
                try reply.expectError(400, "invalid_field")
                #expect(try reply[member: "error"]?.text?.contains(#"assword" must be "#) == true, "\(reply.text)")
            }
            let own = TestServer.password
            for password in Self.easy {
                let body = #"{"email": "eva@example.org", "password": "\#(password)"}"#
                for path in [APIPath.employees, APIPath.managers] {
                    try await expectRefusal(path, body, admin)
                }
                try await expectRefusal(
                    server.path(ofEmployee: eva.email, "/password"), #"{"password": "\#(password)"}"#, admin)
                try await expectRefusal(
                    server.path(ofManager: "max@example.org", "/password"),
                    #"{"password": "\#(password.replacing("eva", with: "max"))", "currentPassword": "\#(own)"}"#, admin)
                try await expectRefusal(
                    APIPath.password, #"{"currentPassword": "\#(own)", "newPassword": "\#(password)"}"#, eva)
            }
            #expect(try server.folders.snapshot() == before)
        }
    }

    /// Whoever has one that is refused today goes on with it.
    @Test func aPasswordThatWasSetBeforeTheRuleStillWorks() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let verifier = try server.environment.accounts.hasher.verifier(of: "1234567890")
            try await server.environment.store.transact { transaction in
                let id = AccountID(stored: "eva@example.org")
                transaction.record(
                    .credentialSet(
                        id, transaction.state.newCredential(of: id, verifier: verifier, mustChangePassword: false)))
            }
            let eva = try await server.login("eva@example.org", "1234567890")
            try await server.get(APIPath.workMe, as: eva).expect(200)
        }
    }

    @Test(arguments: ["max@example.org", TestServer.admin])
    func aManagersPasswordIsSetWithTheSendersOwn(email: String) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            _ = try await server.manager()
            let path = server.path(ofManager: email, "/password")
            let before = try server.folders.snapshot()
            for body in [nil, "{}", #"{"password": "set by somebody"}"#, #"{"currentPassword": null}"#] {
                let reply = try await server.post(path, body, as: admin)
                try reply.expectError(400, "invalid_field")
                #expect(try reply[member: "error"]?.text == #""currentPassword" must be your own password."#)
            }
            let wrong = #"{"password": "set by somebody", "currentPassword": "guessed wrong"}"#
            try await server.post(path, wrong, as: admin).expectError(401, "invalid_credentials")
            #expect(try server.folders.snapshot() == before)
            try await server.post(
                path, #"{"password": "set by somebody", "currentPassword": "\#(TestServer.password)"}"#, as: admin
            ).expect(200, "{}")
            _ = try await server.login(email, "set by somebody")
        }
    }

    @Test func wrongOwnPasswordsCountAsGuesses() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            _ = try await server.manager()
            let path = server.path(ofManager: "max@example.org", "/password")
            for _ in 0..<10 {
                try await server.post(path, #"{"currentPassword": "guessed wrong"}"#, as: admin)
                    .expectError(401, "invalid_credentials")
            }
            try await server.post(path, TestServer.confirmation, as: admin).expectError(429, "too_many_attempts")
        }
    }
}
