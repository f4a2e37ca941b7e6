import Files
import Foundation
import Logging
import Settings
import TestSupport
import Testing

@testable import TrackerServer

/// What a start sees of its folders before it reads them.
@Suite struct ClaimedFoldersTests {
    private let folder: TemporaryFolder
    private let log = CollectedLog()

    init() throws { folder = try TemporaryFolder() }

    private func open(_ abilities: FolderAbilities = .all) throws {
        let settings = try Settings(environment: [
            "DATA_DIR": folder.path + "/data", "UPLOAD_DIR": folder.path + "/uploads",
        ])
        _ = try ClaimedFolders(try ServerConfiguration(settings), logger: log.logger) { _ in abilities }
    }

    @Test func newFoldersAndLocksAreForTheServersUserAlone() throws {
        try open()
        for name in ["data", "uploads"] {
            #expect(try folder.permissions(of: name) == 0o700)
            #expect(try folder.permissions(of: name + "/.lock") == 0o600)
        }
        #expect(log.lines.isEmpty)
    }

    @Test(arguments: [(0o755, true), (0o701, true), (0o770, false), (0o700, false)])
    func aFolderThatEverybodyCanLookIntoIsSaid(mode: Int, isSaid: Bool) throws {
        try Folder.make(folder.path + "/uploads")
        #expect(chmod(folder.path + "/uploads", mode_t(mode)) == 0)
        try open()
        #expect(log.lines(.warning).count == (isSaid ? 1 : 0))
        #expect(log.lines.allSatisfy { $0.text.contains("chmod o= \(folder.path)/uploads") })
        // It is its owner's to decide.
        #expect(try folder.permissions(of: "uploads") == mode)
    }

    @Test(arguments: ["credentials.json", "jwt_secret"])
    func aSecretThatEverybodyCanReadStopsTheStart(name: String) throws {
        try open()
        let path = folder.path + "/data/" + name
        try folder.write("{}", to: "data/" + name)
        for mode in [0o604, 0o602, 0o644] as [mode_t] {
            #expect(chmod(path, mode) == 0)
            let error = #expect(throws: ProgramExit.self) { try open() }
            #expect(error?.exitCode == 1)
            #expect(error?.description.hasSuffix("Run: chmod 600 \(path)") == true)
        }
        #expect(chmod(path, 0o600) == 0)
        try open()
        #expect(log.lines(.warning) == [])
        #expect(chmod(path, 0o640) == 0)
        try open()
        #expect(
            log.lines(.warning).map(\.text) == ["Its group can read \(path), which is secret. Run: chmod 600 \(path)"])
    }

    /// As on exFAT, where chmod changes nothing.
    @Test func whereThereAreNoPermissionsOpenSecretsAreOnlySaid() throws {
        try open()
        try folder.write("{}", to: "data/credentials.json")
        #expect(chmod(folder.path + "/data/credentials.json", 0o777) == 0)
        var abilities = FolderAbilities.all
        abilities.permissions = false
        try open(abilities)
        #expect(log.lines(.warning).count == 1)
        #expect(
            log.lines(.info).map(\.metadata) == [
                "folder=\(folder.path)/data lacks=permissions", "folder=\(folder.path)/uploads lacks=permissions",
            ])
    }
}
