import Files
import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct JSONFileStoreTests {
    let folder: TemporaryFolder
    let files: DataFolder

    init() throws {
        folder = try TemporaryFolder()
        try Folder.make(folder.path + "/data")
        try Folder.make(folder.path + "/up/loads")
        files = DataFolder(dataFolder: folder.path + "/data", uploadFolder: folder.path + "/up/loads")
    }

    private let id = AccountID(stored: "mira")

    @Test func everyFileExistsAfterTheFirstStart() throws {
        _ = try JSONFileStore(files: files)
        #expect(try folder.bytes(of: "data/users.json") == Array("[]".utf8))
        #expect(try folder.bytes(of: "up/loads/index.json") == Array("[]".utf8))
        let attributes = try FileManager.default.attributesOfItem(atPath: files.path(of: .credentials))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func whatWasRecordedIsInTheFileWhenTheTransactionReturns() async throws {
        let store = try JSONFileStore(files: files)
        try await store.transact { $0.record(.intervalAssigned(id, seconds: 120)) }
        #expect(try folder.bytes(of: "data/intervals.json") == Array("{\n  \"mira\": 120\n}".utf8))
        let reopened = try JSONFileStore(files: files)
        #expect(try await reopened.read { $0.interval(of: id) } == 120)
        #expect(try folder.names(in: "data").allSatisfy { $0.hasSuffix(".json") })
    }

    @Test func aTransactionThatThrowsRecordsNothing() async throws {
        let store = try JSONFileStore(files: files)
        await #expect(throws: APIError.self) {
            try await store.transact { transaction in
                transaction.record(.intervalAssigned(id, seconds: 120))
                throw APIError(.conflict, "")
            }
        }
        #expect(try await store.read { $0.interval(of: id) } == nil)
        #expect(try folder.bytes(of: "data/intervals.json") == Array("{}".utf8))
    }

    @Test func aDiskThatFailsRecordsNothingAndIsUsedAgainWhenItIsBack() async throws {
        let store = try JSONFileStore(files: files)
        try FileManager.default.moveItem(atPath: files.dataFolder, toPath: folder.path + "/away")
        await #expect(throws: StoreError.self) {
            try await store.transact { $0.record(.intervalAssigned(id, seconds: 120)) }
        }
        #expect(try await store.read { $0.interval(of: id) } == nil)
        try FileManager.default.moveItem(atPath: folder.path + "/away", toPath: files.dataFolder)
        try await store.transact { $0.record(.intervalAssigned(id, seconds: 180)) }
        #expect(try folder.bytes(of: "data/intervals.json") == Array("{\n  \"mira\": 180\n}".utf8))
    }

    // Mounting a small file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func aFullDiskLeavesEveryFileAsItWas() async throws {
        let small = folder.path + "/small"
        try Folder.make(small)
        #expect(mount("tmpfs", small, "tmpfs", 0, "size=128k") == 0)
        defer { umount2(small, Int32(MNT_DETACH)) }
        try folder.write(String(repeating: "x", count: 60_000), to: "small/filler")
        let store = try JSONFileStore(files: DataFolder(dataFolder: small, uploadFolder: files.uploadFolder))
        let name = String(repeating: "x", count: 9000)
        var users = 0
        await #expect(throws: StoreError.full) {
            while users < 20 {
                let user = User(email: "u\(users)", name: name, role: .employee, createdAt: Timestamp(milliseconds: 0))
                try await store.transact { $0.record(.accountAdded(user)) }
                users += 1
            }
        }
        #expect(users > 0)
        let reopened = try DataFolder(dataFolder: small, uploadFolder: files.uploadFolder).load()
        #expect(reopened.accounts.count == users)
        #expect(try folder.names(in: "small").allSatisfy { !$0.hasSuffix(".new") })
        try Folder.removeFile(small + "/filler")
        try await store.transact { $0.record(.accountRemoved(AccountID(stored: "u0"))) }
        #expect(try await store.read { $0.accounts.count } == users - 1)
    }

    @Test func aDamagedFileIsNeverOverwritten() throws {
        try folder.write("[{]", to: "data/users.json")
        #expect(throws: DamagedFileError.self) { try JSONFileStore(files: files) }
        #expect(try folder.bytes(of: "data/users.json") == Array("[{]".utf8))
        #expect(try folder.names() == ["data", "up"])
        #expect(try folder.names(in: "data") == ["users.json"])
    }

    /// A folder in the place of users.json lets the first file of the change take its place, and the second not.
    @Test func aDiskThatFailsHalfwayIsNotDeniedAndIsMadeGoodByTheNextWrite() async throws {
        let store = try JSONFileStore(files: files)
        let user = User(email: "mira", name: "", role: .employee, createdAt: Timestamp(milliseconds: 0))
        try await store.transact { $0.record(.accountAdded(user)) }
        try Folder.removeFile(files.path(of: .users))
        try Folder.make(files.path(of: .users))
        let error = await #expect(throws: StoreError.self) {
            try await store.transact { $0.record(.accountRemoved(id)) }
        }
        guard case .uncertain = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(try await store.read { $0.user(id) } == nil)
        #expect(rmdir(files.path(of: .users)) == 0)
        try await store.transact { $0.record(.organizationSaved(Organization(name: "x", createdAt: nil))) }
        #expect(try folder.bytes(of: "data/users.json") == Array("[]".utf8))
        #expect(try files.load().credential(of: id)?.version == 1)
    }

    @Test func aReplacedFileKeepsItsPermissions() async throws {
        let store = try JSONFileStore(files: files)
        #expect(chmod(files.path(of: .intervals), 0o640) == 0)
        try await store.transact { $0.record(.intervalAssigned(id, seconds: 120)) }
        #expect(try folder.permissions(of: "data/intervals.json") == 0o640)
        #expect(try folder.permissions(of: "data/credentials.json") == 0o600)
    }

    @Test func whatACrashLeftBesideAFileGoesAtTheNextStart() throws {
        try folder.write("half", to: "data/users.json.new")
        _ = try JSONFileStore(files: files)
        #expect(try folder.names(in: "data").allSatisfy { !$0.hasSuffix(".new") })
        #expect(try folder.bytes(of: "data/users.json") == Array("[]".utf8))
    }
}
