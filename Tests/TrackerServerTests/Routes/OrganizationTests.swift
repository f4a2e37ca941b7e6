import JSON
import Shared
import Testing

@testable import TrackerServer

struct OrganizationTests {
    @Test func anOrganizationWithoutNameIsShownAsTheFileHasIt() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.organization, as: try await server.admin())
            reply.expect(200, #"{"organization":{"name":"","createdAt":null}}"#)
        }
    }

    @Test func theFirstSaveGivesTheTimeAndLaterOnesKeepIt() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            try await server.post(APIPath.organization, #"{"name": "  Acme & Söhne/2  "}"#, as: manager).expect(
                200,
                #"{"ok":true,"organization":{"name":"Acme & Söhne/2","createdAt":"2026-03-02T08:00:00.000Z"}}"#)
            server.clock.advance(seconds: 60)
            try await server.post(APIPath.organization, #"{"name": "Acme", "createdAt": null}"#, as: manager).expect(
                200, #"{"ok":true,"organization":{"name":"Acme","createdAt":"2026-03-02T08:00:00.000Z"}}"#)
            try await server.get(APIPath.organization, as: manager).expect(
                200, #"{"organization":{"name":"Acme","createdAt":"2026-03-02T08:00:00.000Z"}}"#)
            #expect(
                try server.folders.text("data/organization.json")
                    == "{\n  \"name\": \"Acme\",\n  \"createdAt\": \"2026-03-02T08:00:00.000Z\"\n}")
        }
    }

    @Test func aNameMayHaveTwoHundredCharacters() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let name = String(repeating: "ü", count: 200)
            try await server.post(APIPath.organization, #"{"name": "\#(name)"}"#, as: admin).expect(200)
            try await server.post(APIPath.organization, #"{"name": "\#(name)x"}"#, as: admin)
                .expectError(400, "invalid_field")
        }
    }
}
