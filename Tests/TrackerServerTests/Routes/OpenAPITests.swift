import HTTPTypes
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

struct OpenAPITests {
    @Test func theDocumentHasEveryRouteAndNoOther() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.openAPI)
            reply.expect(200)
            let paths = try #require(try reply.json.object?["paths"]?.object)
            let documented = paths.members.flatMap { path in
                (path.value.object?.members ?? []).map { "\($0.key.text ?? "") \(path.key.text ?? "")" }
            }
            let served = TrackerApplication.routes(server.environment)
                .filter { !WebAdmin.paths.contains($0.path.text) }
                .map { "\($0.method.rawValue.lowercased()) \($0.path.text)" }
            #expect(documented.sorted() == served.sorted())
            #expect(documented.contains("get \(APIPath.openAPI)"))
        }
    }

    /// Every name that is used is there, and names of operations are used once.
    @Test func namesLeadSomewhere() async throws {
        try await TestServer.run { server in
            let document = try await server.get(APIPath.openAPI).json
            let schemas = try #require(document.object?["components"]?.object?["schemas"]?.object)
            var names: [String] = []
            var operations: [String] = []
            func look(_ value: JSONValue) {
                for member in value.object?.members ?? [] {
                    if member.key == "$ref", let text = member.value.text { names.append(text) }
                    if member.key == "operationId", let text = member.value.text { operations.append(text) }
                    look(member.value)
                }
                value.array?.forEach(look)
            }
            look(document)
            let known = Set(schemas.members.map { "#/components/schemas/\($0.key.text ?? "")" })
            #expect(Set(names) == known)
            #expect(Set(operations).count == operations.count)
        }
    }

    @Test func aRouteSaysWhatMayComeInsteadOfItsAnswer() async throws {
        try await TestServer.run { server in
            let routes = TrackerApplication.routes(server.environment)
            let login = try #require(routes.first { $0.path.text == APIPath.login })
            #expect(Set(login.errors.map(\.status)) == [400, 401, 403, 408, 409, 413, 415, 429, 500, 503, 507])
            let day = try #require(routes.first { $0.path.text == APIPath.workMe })
            #expect(Set(day.errors.map(\.status)) == [400, 401, 403, 408, 500, 503])
        }
    }
}

/// The document in the hands of those who read such documents: openapi-spec-validator, and schemathesis, which sends what the
/// document allows and what it does not, and looks whether every answer is one of those that the document names.
struct OpenAPIReaderTests {
    @Test func othersTakeItForAnOpenAPIDocument() async throws {
        let python = try await Peers.python()
        try await TestServer.run { server in
            let path = server.folders.root + "/openapi.json"
            try server.folders.write(try await server.get(APIPath.openAPI).text, to: "openapi.json")
            let outcome = try await run([python, "-m", "openapi_spec_validator", path])
            #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))\(outcome.errors)")
        }
    }

    @Test(arguments: Role.allCases) func everyAnswerIsInTheDocument(role: Role) async throws {
        _ = try await Peers.python()
        // Frames that nobody sends are waited for.
        try await TestServer.run(deadlines: Deadlines(frame: .milliseconds(50))) { server in
            let person =
                switch role {
                case .employee: try await server.employee()
                case .manager: try await server.manager()
                case .superAdmin: try await server.admin()
                }
            try server.folders.write(try await server.get(APIPath.openAPI).text, to: "openapi.json")
            let outcome = try await run(
                [
                    // It leaves notes where it is.
                    "env", "--chdir", server.folders.root,
                    Peers.folder + "/venv/bin/schemathesis", "run", server.folders.root + "/openapi.json",
                    "--url", "http://127.0.0.1:\(server.port)", "-H", "Authorization: Bearer \(person.token)",
                    "--phases", "coverage", "--no-color", "--request-timeout", "30", "--generation-deterministic",
                    "--checks",
                    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
                        + "response_headers_conformance",
                    // They would end the token; a stream does not end by itself.
                    "--exclude-path", APIPath.logout, "--exclude-path", APIPath.password,
                    "--exclude-path-regex", "/stream$|/events$",
                ], environment: ["HOME": server.folders.root, "TMPDIR": server.folders.root])
            let output = String(decoding: outcome.output, as: UTF8.self)
            #expect(outcome.status == 0, "\(output.suffix(6000))\(outcome.errors)")
            #expect(output.contains(" passed"))
        }
    }
}
