import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

extension CommandTests {
    @Suite struct Verify {
        /// Two employees' days with real pictures, on a server that ended cleanly.
        private func fill(_ folders: TestFolders) async throws {
            let png = try EncodedPNG.bytes()
            try await TestServer.run(folders: folders) { server in
                let eva = try await server.employee("eva")
                try await server.post(APIPath.workStart, as: eva).expect(201)
                for _ in 0..<3 {
                    server.clock.advance(seconds: 60)
                    try await server.upload(.image(png), as: eva).expect(201)
                    try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds": 7}"#, as: eva).expect(200)
                }
                try await server.post(APIPath.workStop, as: eva).expect(200)
                try await server.post(
                    APIPath.captureInterval, #"{"employeeId": "eva", "intervalMinutes": 5}"#,
                    as: try await server.admin()
                ).expect(200)
            }
        }

        private func image(_ folders: TestFolders, _ number: Int) throws -> String {
            try folders.names(in: "images").filter { $0.hasSuffix(".png") }[number]
        }

        @Test func verifyFindsNothingInAHealthyFolderAndChangesNothing() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let before = try folders.snapshot()
                let names = try FileManager.default.subpathsOfDirectory(atPath: folders.root).sorted()
                let result = try await folders.run(["verify"])
                #expect(result.code == 0, "\(result.errors)")
                #expect(result.output == "2 accounts, 1 session, 3 images: nothing is wrong.\n")
                #expect(result.errors.isEmpty)
                #expect(try folders.snapshot() == before)
                #expect(try FileManager.default.subpathsOfDirectory(atPath: folders.root).sorted() == names)
            }
        }

        @Test func verifyListsWhatIsWrongAndWhatToDo() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let (gone, flipped) = (try image(folders, 0), try image(folders, 1))
                try FileManager.default.removeItem(atPath: folders.uploads + "/" + gone)
                var bytes = try Data(contentsOf: URL(fileURLWithPath: folders.uploads + "/" + flipped))
                bytes[bytes.count / 2] ^= 1
                try bytes.write(to: URL(fileURLWithPath: folders.uploads + "/" + flipped))
                try folders.write("", to: "images/orphan.jpg")
                let result = try await folders.run(["verify"])
                #expect(result.code == 1)
                let lines = result.output.split(separator: "\n")
                #expect(lines[0].hasPrefix("error: uploads/\(gone) is in the index, but the image is missing"))
                #expect(lines[1].hasPrefix("    "))
                #expect(
                    lines.contains { $0.hasPrefix("error: uploads/orphan.jpg is an image that is not in the index") })
                #expect(lines.contains { $0.hasPrefix("error: uploads/\(flipped) is a PNG that can't be decoded: ") })
                #expect(lines.contains("error: uploads/orphan.jpg is empty"))
                #expect(lines.last == "2 accounts, 1 session, 3 images: 4 errors.")
            }
        }

        @Test func aJSONObjectIsForScripts() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let clean = try await folders.run(["verify", "--json"])
                #expect(clean.code == 0)
                let nothing = try #require(try JSONReader.value(of: Array(clean.output.utf8)).object)
                #expect(nothing["findings"] == .array([]))
                #expect(nothing["ok"] == .bool(true))
                #expect(nothing["server"]?.object?["running"] == .bool(false))

                try folders.write("[]]", to: "data/work_sessions.json")
                try folders.write("[", to: "data/users.json.edited-2026-03-02T08-00-00-000Z")
                let result = try await folders.run(["verify", "--json"])
                #expect(result.code == 1)
                let object = try #require(try JSONReader.value(of: Array(result.output.utf8)).object)
                #expect(object.members.map(\.key) == ["findings", "counts", "server", "ok"])
                #expect(object["ok"] == .bool(false))
                let findings = try #require(object["findings"]?.array).compactMap(\.object)
                #expect(findings.map { $0["kind"] } == [.string("file_damaged"), .string("edited_copy")])
                #expect(findings.map { $0["severity"] } == [.string("error"), .string("note")])
                #expect(findings[0].members.map(\.key) == ["severity", "kind", "subject", "message", "hint"])
                #expect(findings[0]["subject"]?.text == folders.data + "/work_sessions.json")
                let counts = try #require(object["counts"]?.object)
                #expect(counts["errors"] == .number(1) && counts["notes"] == .number(1))
                #expect(counts["sessions"] == .null && counts["images"] == .number(3))
            }
        }

        @Test func notesAloneEndWithZero() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                try folders.write(#"{"eva": 60}"#, to: "data/intervals.json")
                let result = try await folders.run(["verify"])
                #expect(result.code == 0)
                #expect(result.output.hasPrefix("note: account eva has a capture interval of 60 seconds"))
                #expect(result.output.hasSuffix("nothing is wrong, 1 note.\n"))
            }
        }

        /// What a server has in hand while uploads arrive and heartbeats count must not look wrong.
        @Test func aServerMayRunMeanwhile() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                let png = try EncodedPNG.bytes()
                let result = try await folders.withServer(["JWT_SECRET": ""]) { server, port in
                    let target = ProcessTarget(port: port)
                    let eva = try await target.login("eva")
                    try await target.post(APIPath.workStart, as: eva).expect(201)
                    let busy = Task {
                        while !Task.isCancelled {
                            try await target.post(APIPath.workHeartbeat, "{}", as: eva).expect(200)
                            try await target.post(
                                APIPath.uploadScreenshot, bytes: TestForm.image(png).body, as: eva,
                                headers: ["Content-Type": TestForm.contentType]
                            ).expect(201)
                        }
                    }
                    for arguments in [["verify"], ["verify", "--json"]] {
                        let result = try await folders.run(arguments)
                        #expect(result.code == 0, "\(result.output)\(result.errors)")
                        #expect(result.output.contains("\(server.identifier)"))
                        #expect(!result.output.contains("error:"), "\(result.output)")
                    }
                    busy.cancel()
                    try await busy.value
                    try FileManager.default.removeItem(atPath: folders.uploads + "/" + (try image(folders, 0)))
                    #expect(try await folders.run(["verify"]).code == 1)
                }
                #expect(result.code == 0)
            }
        }

        @Test func aServerMayStartMeanwhile() async throws {
            try await TestFolders.with { folders in
                try await fill(folders)
                for _ in 0..<4 {
                    let verifying = Task { try await folders.run(["verify"]) }
                    let server = try await folders.withServer(["JWT_SECRET": ""]) { _, _ in
                        let verified = try await verifying.value
                        #expect(verified.code == 0, "\(verified.output)\(verified.errors)")
                    }
                    #expect(server.code == 0, "\(server.errors)")
                }
            }
        }

        @Test func verifyOfNothingSaysSo() async throws {
            try await TestFolders.with { folders in
                let result = try await folders.run(["verify"])
                result.expectOneLine(1, "There is no folder \(folders.data)")
                #expect(try folders.names(in: "").isEmpty)
            }
        }
    }
}
