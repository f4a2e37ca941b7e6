import Files
import Foundation
import JSON
import Logging
import OrderedCollections
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct JSONFileStoreTests {
    private let files: DataFiles
    private let id = AccountID(stored: "mira")

    init() throws {
        files = try DataFiles()
    }

    private func session(_ number: Int, of employee: String = "mira") -> WorkSession {
        let start = Timestamp(milliseconds: Int64(number) * 1000)
        return WorkSession(
            id: "\(employee)-\(start.milliseconds)", employeeID: employee, startedAt: start, endedAt: nil,
            isActive: true, idleSeconds: 0, lastHeartbeatAt: start, date: "1970-01-01")
    }

    @Test func everyFileExistsAfterTheFirstStart() async throws {
        let store = try await files.open()
        #expect(try files.text(.users) == "[]")
        #expect(try files.text(.uploadsIndex) == "[]")
        #expect(try files.folder.permissions(of: "data/credentials.json") == 0o600)
        #expect(try files.folder.permissions(of: "data/journal-1") == 0o600)
        try await store.close()
    }

    @Test func whatALoneWriteRecordedIsInTheFileWhenItReturns() async throws {
        let store = try await files.open()
        for minutes in 2...20 {
            try await store.transact { $0.record(.intervalAssigned(id, seconds: minutes * 60)) }
            #expect(try files.text(.intervals) == "{\n  \"mira\": \(minutes * 60)\n}")
        }
        #expect(try files.strangers() == [])
        try await store.close()
    }

    @Test func aCleanStopLeavesExactFilesAndNoJournal() async throws {
        let store = try await files.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await store.transact { $0.record(.sessionStarted(session(number, of: "e\(number)"))) }
                }
            }
            try await group.waitForAll()
        }
        try await store.close()
        #expect(try files.journals() == [])
        let loaded = try await files.files.load()
        let ids = loaded.transaction.state.allSessions.map(\.id)
        #expect(ids == (0..<200).map { "e\($0)-\($0 * 1000)" })
        #expect(loaded.outdated == [])
        await #expect(throws: StoreError.self) {
            try await store.transact { $0.record(.intervalAssigned(id, seconds: 60)) }
        }
    }

    @Test func whatTheFilesLackedWhenTheServerWasKilledIsReplayed() async throws {
        let killed = try await files.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await killed.transact { transaction in
                        transaction.record(.intervalAssigned(AccountID(stored: "e\(number)"), seconds: 120))
                        transaction.record(.sessionStarted(session(number, of: "e\(number)")))
                    }
                }
            }
            try await group.waitForAll()
        }
        let after = try files.copy()
        let store = try await after.open()
        #expect(try await store.read { $0.intervals.count } == 100)
        #expect(try after.text(.workSessions).utf8.count > 20_000)
        #expect(try after.journals().count == 1)
        try await store.close()
        try await killed.close()
    }

    @Test func aTransactionThatThrowsRecordsNothing() async throws {
        let store = try await files.open()
        await #expect(throws: APIError.self) {
            try await store.transact { transaction in
                transaction.record(.intervalAssigned(id, seconds: 120))
                throw APIError(.conflict, "")
            }
        }
        try await store.transact { $0.record(.organizationSaved(Organization(name: "x", createdAt: nil))) }
        #expect(try await store.read { $0.interval(of: id) } == nil)
        #expect(try files.text(.intervals) == "{}")
        try await store.close()
    }

    @Test func aDamagedFileIsNeverOverwritten() async throws {
        try files.put(Array("[{]".utf8), in: .users)
        await #expect(throws: DamagedFileError.self) { try await files.open() }
        #expect(try files.text(.users) == "[{]")
        #expect(try files.folder.names(in: "data") == ["users.json"])
    }

    /// A server's folders as a kill leaves them, the journal of three records changed.
    private func killed(_ change: (inout [UInt8]) -> Void) async throws -> DataFiles {
        let store = try await files.open()
        for minutes in 2...4 { try await store.transact { $0.record(.intervalAssigned(id, seconds: minutes * 60)) } }
        let killed = try files.copy()
        try await store.close()
        var journal = try killed.folder.bytes(of: "data/journal-1")
        change(&journal)
        try killed.folder.write(journal, to: "data/journal-1")
        return killed
    }

    @Test func aDamagedJournalStopsTheStartAndNothingIsChanged() async throws {
        let killed = try await killed { $0[20] ^= 1 }
        try killed.folder.write("half", to: "data/users.json.new")
        try Folder.removeFile(killed.files.path(of: .organization))
        func contents() throws -> [String: [UInt8]] {
            var contents: [String: [UInt8]] = [:]
            for folder in ["data", "up/loads"] {
                for name in try killed.folder.names(in: folder) {
                    contents[name] = try killed.folder.bytes(of: "\(folder)/\(name)")
                }
            }
            return contents
        }
        let before = try contents()
        let error = await #expect(throws: DamagedJournalError.self) { try await killed.open() }
        #expect(error?.path == killed.files.dataFolder + "/journal-1")
        #expect(try contents() == before)
    }

    @Test func aTornEndOfTheJournalIsDroppedAndLogged() async throws {
        let torn = Array("00c0ffee 9 9 [{\"int".utf8)
        let killed = try await killed { journal in
            let end = journal.firstIndex(of: 0) ?? journal.endIndex
            journal.replaceSubrange(end..<(end + torn.count), with: torn)
        }
        let log = CollectedLog()
        let store = try await killed.open(logger: log.logger)
        #expect(log.lines(.notice).map(\.metadata) == ["bytes=\(torn.count)"])
        #expect(log.lines(.notice).first?.text.contains("dropped") == true)
        #expect(try await store.read { $0.interval(of: id) } == 240)
        try await store.close()
    }

    @Test func aReplacedFileKeepsItsPermissions() async throws {
        let store = try await files.open()
        #expect(chmod(files.files.path(of: .intervals), 0o640) == 0)
        try await store.transact { $0.record(.intervalAssigned(id, seconds: 120)) }
        #expect(try files.folder.permissions(of: "data/intervals.json") == 0o640)
        #expect(try files.folder.permissions(of: "data/credentials.json") == 0o600)
        try await store.close()
    }

    @Test func whatACrashLeftBesideAFileGoesAtTheNextStart() async throws {
        try files.folder.write("half", to: "data/users.json.new")
        let store = try await files.open()
        #expect(try files.strangers() == [])
        #expect(try files.text(.users) == "[]")
        try await store.close()
    }
}
