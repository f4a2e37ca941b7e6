import Files
import Foundation
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerServer

/// The two long files: what did not change is copied, and nobody sees a difference.
@Suite struct FileKeeperTests {
    private let files: DataFiles

    init() throws { files = try DataFiles() }

    @Test func afterEveryChangeTheFilesAreAsIfWrittenAnew() async throws {
        var random = RandomRecords(seed: 5)
        try fill(&random, records: 5200)
        var loaded = try await files.files.load()
        let keeper = FileKeeper(files.files, known: loaded.known, logger: .silent, now: { .now })
        for round in 1...4 {
            let changes = changes(loaded.transaction.state, &random, round: round)
            for change in changes { loaded.transaction.record(change) }
            _ = loaded.transaction.apply()
            try await write(loaded.transaction.state, number: UInt64(round), keeper)
            let expected = loaded.transaction.state.fileBytes
            for file in [DataFile.workSessions, .uploadsIndex] {
                let isSame = try files.bytes(of: file) == expected[file]
                #expect(isSame, "\(file) in round \(round)")
            }
        }
        let again = try await files.files.load()
        #expect(again.transaction.state.fileBytes == loaded.transaction.state.fileBytes)
    }

    /// A mark in a part of the file that nothing has changed, set so that the file looks the same: whoever copies takes it
    /// along, whoever formats everything does not.
    @Test func whatDidNotChangeIsCopied() async throws {
        var random = RandomRecords(seed: 6)
        try fill(&random, records: 3000)
        var loaded = try await files.files.load()
        let keeper = FileKeeper(files.files, known: loaded.known, logger: .silent, now: { .now })
        try await write(loaded.transaction.state, number: 1, keeper)
        let path = files.files.path(of: .uploadsIndex)
        let times = files.folder.path + "/times"
        try await run("touch", "-r", path, times)
        let mark = try #require(String(decoding: try files.bytes(of: .uploadsIndex), as: UTF8.self).range(of: "Z-"))
        let text = try files.text(.uploadsIndex).replacingCharacters(in: mark, with: "z-")
        let open = try OpenFile(path, O_WRONLY)
        try open.write(Array(text.utf8).span)
        try await run("touch", "-r", times, path)
        loaded.transaction.record(.imageStored(random.upload()))
        _ = loaded.transaction.apply()
        try await write(loaded.transaction.state, number: 2, keeper)
        #expect(try files.text(.uploadsIndex).prefix(200) == text.prefix(200))
        #expect(try files.bytes(of: .uploadsIndex).count == loaded.transaction.state.fileBytes[.uploadsIndex]?.count)
    }

    /// Held open, it would take room on the disk as long as the server runs.
    @Test func whatIsReplacedIsGone() async throws {
        let store = try await files.open()
        for number in 1...3 {
            try await store.transact { transaction in
                transaction.record(.intervalAssigned(AccountID(stored: "eva"), seconds: 60 * number))
                transaction.record(.sessionStarted(SampleChanges.session("e\(number)", at: SampleChanges.time)))
            }
        }
        let folder = "/proc/self/fd/"
        // One may be closed while the others are looked at.
        let open = try FileManager.default.contentsOfDirectory(atPath: folder).compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: folder + $0)
        }
        #expect(open.contains { $0.hasPrefix(files.folder.path) })
        #expect(open.filter { $0.hasPrefix(files.folder.path) && $0.hasSuffix(" (deleted)") } == [])
        try await store.close()
    }

    /// The first of two files is in its place when the second one fails.
    @Test func afterAFailureInTheMiddleEveryFileCountsAsWritten() async throws {
        let disk = TestDisk()
        let store = try await files.open(flushes: disk.flushes)
        let id = AccountID(stored: "eva")
        // The new content is gone when it is to take its place.
        disk.beforeFiles { file throws(FileError) in
            if file.path.hasSuffix("users.json.new") { try Folder.removeFile(file.path) }
        }
        try await store.transact { transaction in
            transaction.record(.credentialSet(id, Credential(verifier: "v", version: 1, mustChangePassword: false)))
            transaction.record(
                .accountAdded(User(email: "eva", name: "", role: .employee, createdAt: SampleChanges.time)))
        }
        #expect(try files.text(.credentials).contains("eva"))
        await #expect(throws: StoreError.self) { try await store.transact { _ in } }
        disk.heal()
        try await store.transact { _ in }
        #expect(try files.text(.users).contains("eva"))
        #expect(store.memory.withLock { $0.lag.outdated } == [])
        try await store.close()
    }

    private func fill(_ random: inout RandomRecords, records: Int) throws {
        let sessions = (0..<records).map { RandomRecords.canonical(random.session(isOpen: $0 % 250 == 17)) }
        let uploads = (0..<records).map { _ in RandomRecords.canonical(random.upload()) }
        try files.put(Array("[\(sessions.joined(separator: ","))\n]".utf8), in: .workSessions)
        try files.put(Array("[\(uploads.joined(separator: ","))\n]".utf8), in: .uploadsIndex)
    }

    private func write(
        _ state: borrowing TrackerState, number: UInt64, _ keeper: FileKeeper
    ) async throws {
        var contents: [DataFile: FileContent] = [:]
        for file in [DataFile.workSessions, .uploadsIndex] { contents[file] = state.content(of: file) }
        _ = try await keeper.write(
            Array(contents.keys), of: .init(number: number, contents: contents, isComplete: false))
    }

    /// Beats, ends, discards, insertions in the middle, images that come and go: in some places each round.
    private func changes(_ state: borrowing TrackerState, _ random: inout RandomRecords, round: Int) -> [Change] {
        var changes: [Change] = []
        for session in state.openSessions.shuffled(using: &random.generator).prefix(4) {
            let time = session.lastHeartbeatAt.adding(seconds: round)
            switch Int.random(in: 0..<3, using: &random.generator) {
            case 0: changes.append(.heartbeatCounted(session: session.id, at: time, idleSeconds: 0.25))
            case 1: changes.append(.sessionEnded(session: session.id, at: time, idleSeconds: 1))
            default: changes.append(.sessionDiscarded(session: session.id))
            }
        }
        let sessions = state.allSessions
        for number in 0..<(round == 3 ? 1200 : 3) {
            // In the third round so many in one place that a segment is divided.
            guard let near = round == 3 ? sessions[2500] : sessions.randomElement(using: &random.generator) else {
                continue
            }
            changes.append(.sessionStarted(SampleChanges.session("new\(round)-\(number)", at: near.startedAt)))
        }
        let uploads = state.allUploads
        let start = Int.random(in: 0..<(uploads.count - 1100), using: &random.generator)
        // In the second round more than a whole segment goes.
        changes.append(.imagesRemoved(uploads[start..<(start + (round == 2 ? 1100 : 3))].map(\.file)))
        changes.append(.imageStored(random.upload()))
        return changes
    }
}
