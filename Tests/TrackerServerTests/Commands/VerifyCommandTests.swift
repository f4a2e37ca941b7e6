import Foundation
import Shared
import Testing

@testable import TrackerServer

extension CommandTests {
    @Suite struct Verify {
        @Test func verifyFindsNothingInAHealthyFolder() async throws {
            try await TestFolders.with { folders in
                try await TestServer.run(folders: folders) { server in
                    let eva = try await server.employee("eva")
                    try await server.upload(.image(), as: eva).expect(201)
                }
                let before = try folders.snapshot()
                let result = try await folders.run(["verify"])
                #expect(result.code == 0, "\(result.errors)")
                #expect(result.output == "2 accounts, 0 sessions, 1 images: nothing is wrong.\n")
                #expect(try folders.snapshot() == before)
            }
        }

        @Test func verifyListsWhatIsWrong() async throws {
            try await TestFolders.with { folders in
                try await TestServer.run(folders: folders) { server in
                    try await server.upload(.image(), as: try await server.employee("eva")).expect(201)
                }
                try FileManager.default.removeItem(
                    atPath: folders.uploads + "/2026-03-02T08-00-00-000Z-screenshot.png")
                try folders.write("", to: "images/orphan.jpg")
                let result = try await folders.run(["verify"])
                #expect(result.code == 1)
                #expect(result.output.contains("uploads/2026-03-02T08-00-00-000Z-screenshot.png: "))
                #expect(result.output.contains("uploads/orphan.jpg: "))
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
