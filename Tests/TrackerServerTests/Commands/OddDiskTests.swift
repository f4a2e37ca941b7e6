import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

extension CommandTests {
    /// The server on a file system without hard links, permissions, files without names and exchanges of names.
    @Suite(.enabled(if: ExFATDisk.isPossible)) struct OddDisk {
        private func settings(_ disk: ExFATDisk) -> [String: String] {
            [
                "PORT": "0", "DATA_DIR": disk.path + "/data", "UPLOAD_DIR": disk.path + "/images",
                "ADMIN_EMAIL": "root@example.org", "ADMIN_PASSWORD": TestServer.password,
            ]
        }

        /// Runs `body` beside a server on the disk, which then gets that signal.
        private func serve(
            _ disk: ExFATDisk, _ folder: TemporaryFolder, until signal: Int32 = SIGTERM,
            _ body: (ProcessTarget) async throws -> Void
        ) async throws -> ServerProcess.Result {
            let server = try ServerProcess([], environment: settings(disk), folder: folder.path)
            do {
                try await body(ProcessTarget(port: try await server.port()))
            } catch {
                server.signal(SIGKILL)
                throw error
            }
            server.signal(signal)
            return try await server.result()
        }

        private func upload(_ server: ProcessTarget, as person: Person) async throws {
            try await server.post(
                APIPath.uploadScreenshot, bytes: TestForm.image(try EncodedPNG.bytes()).body, as: person,
                headers: ["Content-Type": TestForm.contentType]
            ).expect(201)
        }

        private func strangers(_ disk: ExFATDisk) throws -> [String] {
            let known = Set(
                DataFile.allCases.map(\.rawValue) + [".lock", "jwt_secret", FileNote.name, AuditLog.fileName])
            return try ["data", "images"].flatMap { folder in
                try Folder.files(in: disk.path + "/" + folder).map(\.name).filter {
                    !known.contains($0) && !UploadName.isImage($0)
                }
            }
        }

        @Test func everythingIsKeptAndNothingIsLeft() async throws {
            let folder = try TemporaryFolder()
            try await ExFATDisk.with { disk in
                let first = try await serve(disk, folder) { server in
                    let admin = try await server.admin()
                    let account = JSONText.object(["email": .string("eva"), "password": .string(TestServer.password)])
                    try await server.post(APIPath.employees, account, as: admin).expect(201)
                    let eva = try await server.login("eva")
                    try await server.post(APIPath.organization, #"{"name": "one"}"#, as: admin).expect(200)
                    let file = disk.path + "/data/organization.json"
                    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("one"))
                    // The next write keeps what somebody has made of the file.
                    try Data("edited".utf8).write(to: URL(fileURLWithPath: file))
                    try await server.post(APIPath.organization, #"{"name": "two"}"#, as: admin).expect(200)
                    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("two"))
                    try await withThrowingTaskGroup { group in
                        for _ in 0..<20 {
                            group.addTask { try await upload(server, as: eva) }
                        }
                        try await group.waitForAll()
                    }
                }
                #expect(first.code == 0, "\(first.errors)")
                #expect(first.errors.contains("lacks=files without names, hard links"))
                let edited = try strangers(disk)
                #expect(edited.count == 1 && edited[0].hasPrefix("organization.json.edited-"), "\(edited)")
                for name in edited {
                    #expect(try OpenFile.contents(of: disk.path + "/data/" + name) == Array("edited".utf8))
                    try Folder.removeFile(disk.path + "/data/" + name)
                }
                // A kill leaves the journal, which the next start carries out, and no other working file for long.
                let killed = try await serve(disk, folder, until: SIGKILL) { server in
                    let admin = try await server.admin()
                    try await server.post(APIPath.organization, #"{"name": "three"}"#, as: admin).expect(200)
                    let list = try await server.get(APIPath.uploadsList, as: admin)
                    #expect(try list.json.array?.count == 20)
                }
                #expect(killed.code != 0)
                for name in ["data/users.json.new", "data/.x.unfinished", "images/.arriving-x", "images/.probe-1"] {
                    try Data().write(to: URL(fileURLWithPath: disk.path + "/" + name))
                }
                let last = try await serve(disk, folder) { _ in }
                #expect(last.code == 0, "\(last.errors)")
                #expect(try strangers(disk) == [])
                let verified = try await ServerProcess.run(["verify"], environment: settings(disk), folder: folder.path)
                #expect(verified.output.contains("20 images"))
                #expect(!verified.output.contains("orphan") && !verified.output.contains("leftover"))
                let organization = try String(contentsOfFile: disk.path + "/data/organization.json", encoding: .utf8)
                #expect(organization.contains("three"))
            }
        }
    }
}
