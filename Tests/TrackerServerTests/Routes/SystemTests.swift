import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct SystemTests {
    @Test func healthTellsTheUptime() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.health)
            reply.expect(200)
            #expect(try reply.json.object?.members.map(\.key) == ["ok", "uptime"])
            #expect(try reply[member: "ok"] == .bool(true))
            let fields = try JSONFields(try reply.json)
            #expect(try (0..<60).contains(fields.double("uptime")))
        }
    }

    @Test func theStartPageIsHTMLThatRunsNothing() async throws {
        try await TestServer.run { server in
            let reply = try await server.get("/")
            reply.expect(200)
            #expect(reply["content-type"] == "text/html; charset=utf-8")
            #expect(reply["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(reply.text.hasPrefix("<!doctype html>"))
        }
    }

    @Test func theClientCanBeDownloaded() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write("a program", to: "programs/TrackerTUI")
        try folders.write("the server itself", to: "programs/TrackerServer")
        try await TestServer.run(programFolder: folders.root + "/programs") { server in
            let sum = "d69ea8cda2433733c1ce02de65da8f48e6a3dbba6bb18876a2062908e54ef7cb"
            let list = try await server.get("/downloads/")
            let row = try #require(try list.json.array?.first?.object)
            #expect(row.members.map(\.key) == ["name", "size", "sha256"])
            #expect(row["name"]?.text == "TrackerTUI")
            #expect(row["size"] == .number(9))
            #expect(row["sha256"]?.text == sum)
            let file = try await server.get("/downloads/TrackerTUI")
            file.expect(200, "a program")
            #expect(file["content-type"] == "application/octet-stream")
            for path in [
                "/downloads/TrackerServer", "/downloads/..%2fTrackerTUI", "/downloads/.env", "/downloads/TrackerTUI/",
            ] {
                try await server.get(path).expectError(404, "not_found")
            }
        }
    }

    @Test func aClientThatIsMissingIsNotListed() async throws {
        try await TestServer.run { server in
            try await server.get("/downloads/").expect(200, "[]")
            try await server.get("/downloads/TrackerTUI").expectError(404, "not_found")
        }
    }
}
