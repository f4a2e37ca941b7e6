import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

extension CommandTests {
    @Suite struct AddAdmin {
        @Test func addAdminMakesAnAccountThatCanLogIn() async throws {
            try await TestFolders.with { folders in
                let made = try await folders.run(
                    ["add-admin", "root@example.org", "--password-stdin"], ["JWT_SECRET": ""],
                    input: "correct horse battery\nmore")
                #expect(made.code == 0, "\(made.errors)")
                #expect(made.output.contains("root@example.org"))
                #expect(try folders.text("data/users.json").contains(#""role": "super_admin""#))
                try await TestServer.run(["ADMIN_EMAIL": "", "ADMIN_PASSWORD": ""], folders: folders) { server in
                    let admin = try await server.admin()
                    try await server.post(
                        APIPath.employees, #"{"email": "eva", "password": "\#(TestServer.password)"}"#, as: admin
                    ).expect(201)
                }
                let raised = try await folders.run(
                    ["add-admin", "EVA", "--password-stdin"], input: "another password")
                #expect(raised.code == 0, "\(raised.errors)")
                try await TestServer.run(["ADMIN_EMAIL": "", "ADMIN_PASSWORD": ""], folders: folders) { server in
                    let eva = try await server.login("eva", "another password")
                    try await server.get(APIPath.managers, as: eva).expect(200)
                }
            }
        }

        @Test func addAdminSetsTheName() async throws {
            try await TestFolders.with { folders in
                func add(_ flags: String...) async throws -> String {
                    let made = try await folders.run(
                        ["add-admin", "root", "--password-stdin"] + flags, input: "correct horse battery\n")
                    #expect(made.code == 0, "\(made.errors)")
                    return try folders.text("data/users.json")
                }
                #expect(try await add("--name", " Rut Ödegaard ").contains(#""name": "Rut Ödegaard""#))
                #expect(try await add().contains(#""name": "Rut Ödegaard""#))
                #expect(try await add("--name", "").contains(#""name": """#))
                try await folders.run(
                    ["add-admin", "root", "--password-stdin", "--name", String(repeating: "x", count: 201)],
                    input: "correct horse battery\n"
                ).expectOneLine(2, "200 characters")
            }
        }

        @Test func addAdminRefusesWhatIsNoAccount() async throws {
            try await TestFolders.with { folders in
                for (email, input) in [
                    ("a b", "correct horse battery\n"), ("", "correct horse battery\n"), ("root", "short\n"),
                    ("root", ""),
                ] {
                    try await folders.run(["add-admin", email, "--password-stdin"], input: input).expectOneLine(2)
                }
                try await folders.run(["add-admin", "root"]).expectOneLine(2, "--password-stdin")
                #expect(!FileManager.default.fileExists(atPath: folders.data))
            }
        }

        @Test func addAdminRefusesAPasswordThatIsEasyToGuess() async throws {
            try await TestFolders.with { folders in
                try folders.write(#"{"name": "Harbour Freight", "createdAt": null}"#, to: "data/organization.json")
                for (password, words) in [
                    ("1234567890", "sequence"), ("qwertyuiop", "guessed first"), ("root@harbour.example", "email"),
                ] {
                    try await folders.run(
                        ["add-admin", "root@harbour.example", "--password-stdin"], input: password + "\n"
                    ).expectOneLine(2, words)
                }
                // The folder is opened for it, and says what it makes there.
                let named = try await folders.run(
                    ["add-admin", "root@harbour.example", "--password-stdin"], input: "Freight Harbour 1\n")
                #expect(named.code == 2)
                #expect(named.errors.contains("little more than the email, its parts or the organization's name"))
                #expect(try folders.text("data/users.json") == "[]")
            }
        }

        /// A password that was set before the rule, and that the environment still has.
        @Test func aServerWithAnAdministratorStartsWhateverPasswordTheEnvironmentHas() async throws {
            try await TestFolders.with { folders in
                let settings = ["ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": TestServer.password]
                let first = try await folders.withServer(settings)
                #expect(first.code == 0)
                let weak = ["ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": "1234567890"]
                let second = try await folders.withServer(weak)
                #expect(second.code == 0)
            }
        }

        @Test func anAdministratorOfTheEnvironmentIsMadeOnce() async throws {
            try await TestFolders.with { folders in
                let settings = ["ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": TestServer.password]
                #expect(try await folders.withServer(settings).code == 0)
                let before = try folders.snapshot()
                let other = ["ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": "another password"]
                #expect(try await folders.withServer(other).code == 0)
                #expect(try folders.snapshot() == before)
            }
        }
    }
}
