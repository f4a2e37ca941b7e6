import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Changes carried out twice: a crash may leave files that hold more than the journal knows.
@Suite struct ReplayTests {
    @Test(arguments: 0..<6 as Range<UInt64>)
    func changesCarriedOutAgainFromAnyPointOnEndInTheSameFiles(seed: UInt64) throws {
        var changes = RandomChanges(seed: seed)
        let sequence = changes.next(120)
        let once = try bytes(after: sequence)
        for start in stride(from: 0, through: sequence.count, by: 11) {
            #expect(try bytes(after: sequence + sequence[start...]) == once, "from \(start)")
        }
        #expect(try bytes(after: sequence + sequence + sequence) == once)
    }

    @Test(arguments: 0..<6 as Range<UInt64>)
    func aJournalIsReplayedOntoFilesOfAnyAge(seed: UInt64) async throws {
        var changes = RandomChanges(seed: 100 + seed)
        let sequence = changes.next(60)
        let journal = [UInt8].journal(
            sequence.map { .changes([$0]) }, groups: [Int](repeating: 1, count: sequence.count))
        let expected = try bytes(after: sequence)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2 {
            let files = try DataFiles()
            // Each file as it was after another change.
            for file in DataFile.allCases {
                let age = Int.random(in: 0...sequence.count, using: &generator)
                try files.put(try bytes(after: sequence[..<age])[file] ?? [], in: file)
            }
            try files.folder.write(journal, to: "data/journal-1")
            try await files.open().close()
            for file in DataFile.allCases { #expect(try files.bytes(of: file) == expected[file]) }
        }
    }

    private func bytes(after changes: some Sequence<Change>) throws -> [DataFile: [UInt8]] {
        var state = TrackerState()
        for change in changes { state.apply(change) }
        return state.fileBytes
    }
}

extension TrackerState {
    /// Each file formatted anew as a whole.
    var fileBytes: [DataFile: [UInt8]] {
        var bytes: [DataFile: [UInt8]] = [:]
        for file in DataFile.allCases {
            var writer = JSONWriter(.pretty)
            switch content(of: file) {
            case .small(let write): write(&writer)
            case .sessions(let rows):
                writer.beginArray()
                for row in rows { row.stored.write(to: &writer) }
                writer.endArray()
            case .uploads(let rows):
                writer.beginArray()
                for row in rows { row.stored.write(to: &writer) }
                writer.endArray()
            }
            bytes[file] = writer.bytes
        }
        return bytes
    }
}

/// Changes as the server may record them: employees come, go and come again, sessions start, beat and end, images come
/// and go.
struct RandomChanges {
    private var generator: SeededGenerator
    private var time = Timestamp(milliseconds: 1_772_438_400_000)
    private var accounts: Set<Int> = []
    private var removed: Set<Int> = []
    private var open: [Int: (id: String, idle: Double)] = [:]
    private var ended: [WorkSession] = []
    private var images: [String] = []
    private var version = 1

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next(_ count: Int) -> [Change] { (0..<count).map { _ in next() } }

    private mutating func next() -> Change {
        time = time.adding(milliseconds: Int64.random(in: 1...5000, using: &generator))
        let number = Int.random(in: 0..<6, using: &generator)
        let employee = "e\(number)"
        let id = AccountID(stored: employee)
        version += 1
        switch Int.random(in: 0..<16, using: &generator) {
        case 0: return .organizationSaved(Organization(name: "n\(version)", createdAt: time))
        case 1, 2:
            guard accounts.insert(number).inserted else {
                accounts.remove(number)
                removed.insert(number)
                return .accountRemoved(id, version: version)
            }
            return .accountAdded(User(email: employee, name: "\(version)", role: .employee, createdAt: time))
        case 3:
            if version % 3 == 0 { return .accountRenamed(id, name: "\(version)") }
            return .accountRoleChanged(id, version % 2 == 0 ? .manager : .employee)
        case 4:
            return .credentialSet(id, Credential(verifier: "v\(version)", version: version, mustChangePassword: false))
        case 5: return .tokenRevoked(id: "t\(version)", expiresAt: time.adding(seconds: 20), at: time)
        case 6:
            // The place of an interval that is assigned again after a removal is not promised.
            return .intervalAssigned(removed.contains(number) ? AccountID(stored: "x") : id, seconds: 60 + version)
        case 7:
            if images.count > 3, Bool.random(using: &generator) {
                let gone = Array(images.prefix(2))
                images.removeFirst(2)
                return .imagesRemoved(gone)
            }
            images.append("uploads/\(version).png")
            return .imageStored(UploadRecord(file: "uploads/\(version).png", employeeID: employee, ts: time))
        case 8: return recorded(employee)
        case 9:
            let client = SessionClient(id: UUID(), host: version % 2 == 0 ? "h\(version)" : nil)
            return .clientTracks(id, version % 5 == 0 ? nil : client)
        case 10: return signIn(id)
        case 11: return key(of: employee)
        case 12:
            if version % 3 == 0 { return .factorRemoved(id) }
            return .factorSet(id, SecondFactor(secret: "s\(version)", lastStep: version % 2 == 0 ? nil : version))
        default: return work(number, employee)
        }
    }

    /// Of few sign-ins, so that each is made, prolonged, used and ended again.
    private mutating func signIn(_ account: AccountID) -> Change {
        let name = "s\(Int.random(in: 0..<3, using: &generator))"
        switch version % 7 {
        case 0: return .signInEnded(account, id: name)
        case 1: return .signInsEnded(account, version: version)
        case 2: return .lastUsesNoted([LastUse(account: account, id: name, time: time)], at: time)
        default:
            return .signInMade(
                account,
                SampleChanges.signIn(
                    name, version: version % 2, address: "\(version)", expiresAt: time.adding(seconds: 20)))
        }
    }

    private mutating func key(of account: String) -> Change {
        switch version % 5 {
        case 0: return .keyRemoved(id: "k\(version - 7)")
        case 1: return .keysEnded(AccountID(stored: account))
        default:
            return .keyMade(SampleChanges.key("k\(version)", of: account, expiresAt: time.adding(seconds: 20)))
        }
    }

    /// Work that was told of later: a session of any age, or one that goes on.
    private mutating func recorded(_ employee: String) -> Change {
        if !ended.isEmpty, Bool.random(using: &generator) {
            let index = Int.random(in: ended.indices, using: &generator)
            let end = (ended[index].endedAt ?? time).adding(milliseconds: 1)
            (ended[index].endedAt, ended[index].lastHeartbeatAt) = (end, end)
            return .sessionRecorded(ended[index])
        }
        // No other one starts at the same millisecond.
        let start = time.adding(milliseconds: -Int64(version) * 100_000)
        var session = SampleChanges.session(employee, at: start, end: start.adding(milliseconds: 500))
        session.lastHeartbeatAt = start.adding(milliseconds: 500)
        ended.append(session)
        return .sessionRecorded(session)
    }

    private mutating func work(_ number: Int, _ employee: String) -> Change {
        guard let (session, idle) = open[number] else {
            let session = SampleChanges.session(employee, at: time)
            open[number] = (session.id, 0)
            return .sessionStarted(session)
        }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0:
            open[number] = nil
            return .sessionEnded(session: session, at: time, idleSeconds: idle)
        case 1:
            open[number] = nil
            return .sessionDiscarded(session: session)
        default:
            open[number] = (session, idle + 0.5)
            return .heartbeatCounted(session: session, at: time, idleSeconds: idle + 0.5)
        }
    }
}
