import Foundation
import JSON
import Shared
import TestSupport
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

    @Test func theClientCanBeDownloaded() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let program = HandmadeELF(libraries: ["libc.so.6"]).bytes
        try folders.write("the server itself", to: "programs/TrackerServer")
        try Data(program).write(to: URL(fileURLWithPath: folders.root + "/programs/TrackerTUI"))
        let sum = try await run(["sha256sum", folders.root + "/programs/TrackerTUI"]).output.prefix(64)
        try await TestServer.run(programFolder: folders.root + "/programs") { server in
            let list = try await server.get("/downloads/")
            let row = try #require(try list.json.array?.first?.object)
            #expect(row.members.map(\.key) == ["name", "size", "sha256"])
            #expect(row["name"]?.text == "TrackerTUI")
            #expect(row["size"] == .number(program.count))
            #expect(row["sha256"]?.text == String(decoding: sum, as: UTF8.self))
            let file = try await server.get("/downloads/TrackerTUI")
            file.expect(200)
            #expect(file.body == program)
            #expect(file["content-type"] == "application/octet-stream")
            for path in [
                "/downloads/TrackerServer", "/downloads/..%2fTrackerTUI", "/downloads/.env", "/downloads/TrackerTUI/",
            ] {
                try await server.get(path).expectError(404, "not_found")
            }
        }
    }

    /// As it lies beside a debug build of the server; it would not start on a machine without Swift.
    @Test func aClientThatRunsHereAloneIsNotOffered() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders) { server in
            let path = folders.root + "/TrackerTUI"
            for bytes in [HandmadeELF(libraries: ["libswiftCore.so"]).bytes, Array("#!/bin/sh\n".utf8), []] {
                try Data(bytes).write(to: URL(fileURLWithPath: path))
                try await server.get("/downloads/").expect(200, "[]")
                let reply = try await server.get("/downloads/TrackerTUI")
                try reply.expectError(404, "not_found")
                #expect(try reply[member: "error"]?.text?.contains("`make release`") == true)
            }
            try Data(HandmadeELF(libraries: []).bytes).write(to: URL(fileURLWithPath: path))
            try await server.get("/downloads/TrackerTUI").expect(200)
        }
    }

    @Test func aClientThatIsMissingIsNotListed() async throws {
        try await TestServer.run { server in
            try await server.get("/downloads/").expect(200, "[]")
            try await server.get("/downloads/TrackerTUI").expectError(404, "not_found")
        }
    }
}
