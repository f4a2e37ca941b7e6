import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct JournalTests {
    /// Six records in groups of 1, 2, 1 and 2, and where their lines start.
    private let contents: [Journal.Content] = (0..<6).map { number in
        .changes([.intervalAssigned(AccountID(stored: "e\(number)"), seconds: 60 + number)])
    }
    private let groups = [1, 2, 1, 2]
    private let bytes: [UInt8]
    private let starts: [Int]

    init() {
        bytes = .journal(contents, groups: groups)
        starts = bytes.lineStarts
    }

    private func parse(_ bytes: [UInt8], first: UInt64 = 1) throws(DamagedJournalError) -> Journal.Contents {
        try Journal.read(bytes, first: first, path: "journal-1")
    }

    private func replayed(_ files: [(first: UInt64, bytes: [UInt8])]) throws(DamagedJournalError) -> Journal.Replay {
        try Journal.Replay(
            files.map { Journal.File(path: Journal.fileName(from: $0.first), first: $0.first, bytes: $0.bytes) })
    }

    @Test(arguments: SampleChanges.all) func everyKindOfChangeReadsBackAsItWasWritten(change: Change) throws {
        let others: [Change] = [.imagesRemoved([]), change, .sessionDiscarded(session: "")]
        let bytes = [UInt8].journal([.changes([change]), .changes(others), .changes([])], groups: [3])
        let records = try parse(bytes).records
        #expect(records.map(\.content) == [.changes([change]), .changes(others), .changes([])])
        #expect(records.map(\.number) == [1, 2, 3])
        #expect(records.map(\.group) == [1, 1, 1])
        #expect(bytes.filter { $0 == UInt8(ascii: "\n") || $0 < 0x20 }.count == 3)
    }

    @Test func theNoteOfWhatTheFilesHoldReadsBackAsItWasWritten() throws {
        let numbers = Dictionary(uniqueKeysWithValues: zip(DataFile.allCases, [0, 1, 5, 1 << 40, 7, 8] as [UInt64]))
        let bytes = [UInt8].journal([.written(numbers), .written([:])], groups: [2], first: 900)
        #expect(try parse(bytes, first: 900).records.map(\.content) == [.written(numbers), .written([:])])
    }

    @Test func ofAJournalThatEndsAtAnyByteEveryWholeRecordIsRead() throws {
        for length in 0...bytes.count {
            let whole = starts.count { $0 > 0 && $0 <= length }
            for tail in [[], [UInt8](repeating: 0, count: 700)] {
                let read = try parse(Array(bytes[..<length]) + tail)
                #expect(read.records.map(\.content) == Array(contents[..<whole]))
                #expect(read.tornBytes == length - starts[whole])
            }
        }
    }

    @Test func aFlippedBitIsFoundAndNeverCostsARecordOfAnEarlierGroup() throws {
        let lastGroup = 4
        for offset in bytes.indices {
            let record = (starts.firstIndex { $0 > offset } ?? 0) - 1
            for bit in 0..<8 {
                var damaged = bytes
                damaged[offset] ^= 1 << UInt8(bit)
                if record < lastGroup {
                    let error = #expect(throws: DamagedJournalError.self) { try parse(damaged) }
                    #expect(error?.offset == starts[record])
                    #expect(error?.path == "journal-1")
                } else {
                    let read = try parse(damaged)
                    #expect(read.records.map(\.content) == Array(contents[..<record]))
                    #expect(read.tornBytes > 0)
                }
            }
        }
    }

    @Test func recordsThatBecameZerosAreMissedWhenALaterGroupIsThere() throws {
        for record in 0..<4 {
            var damaged = bytes
            for offset in starts[record]..<starts[record + 1] { damaged[offset] = 0 }
            let error = #expect(throws: DamagedJournalError.self) { try parse(damaged) }
            #expect(error?.offset == starts[record])
        }
        // Of a group that may never have been flushed, parts may be missing.
        var torn = bytes
        for offset in starts[4]..<starts[5] { torn[offset] = 0 }
        let read = try parse(torn)
        #expect(read.records.count == 4)
        #expect(read.tornBytes == bytes.count - starts[4])
    }

    @Test func whatAnInterruptedWriteLeftAmongTheZerosIsDroppedAndCounted() throws {
        var generator = SeededGenerator(seed: 11)
        for gap in [0, 1, 511, 512, 4096] {
            let garbage = (0..<300).map { _ in UInt8.random(in: 1...255, using: &generator) }
            let zeros = [UInt8](repeating: 0, count: gap)
            let read = try parse(bytes + zeros + garbage + [UInt8](repeating: 0, count: 64))
            #expect(read.records.map(\.content) == contents)
            #expect(read.tornBytes == gap + garbage.count)
        }
    }

    @Test func aRecordOfAKindThatANewerVersionWritesIsRefused() throws {
        for content in [
            #"[{"coffeeMade":{}}]"#, #"{"brewed":{}}"#, #"{"written":{"coffee.json":1}}"#, "3", "[1]", "[{}]",
        ] {
            var rest = Array(" 7 7 \(content)".utf8)
            let checksum = CRC32C.checksum(of: rest.span.extracting(1...))
            rest = Array(CRC32C.hexadecimal(checksum)) + rest
            let error = #expect(throws: DamagedJournalError.self) { try parse(bytes + rest + [0x0A]) }
            #expect(error?.offset == bytes.count)
            #expect(error?.description.contains("record 7") == true)
        }
    }

    @Test func aRecordThatIsNotTheNextOneIsRefused() throws {
        for first in [1, 2, 3, 5] as [UInt64] {
            var mixed = bytes
            Journal.append(Journal.Record(number: first, group: first, content: contents[0]), to: &mixed)
            #expect(throws: DamagedJournalError.self) { try parse(mixed) }
        }
        #expect(throws: DamagedJournalError.self) { try parse(bytes, first: 2) }
    }

    // MARK: Several files

    @Test func filesFollowEachOther() throws {
        let second = [UInt8].journal(contents, groups: groups, first: 7)
        let replay = try replayed([(1, bytes + [0, 0]), (7, second), (13, [])])
        #expect(replay.lastNumber == 12)
        #expect(replay.changes.count == 12)
        #expect(replay.tornBytes == 0)
    }

    /// The files 1, 7 and 13 with six records each.
    private var threeFiles: [(first: UInt64, bytes: [UInt8])] {
        [1, 7, 13].map { ($0, .journal(contents, groups: groups, first: $0)) }
    }

    /// The files once somebody has done what the error says. Records before the one that is missing must all be there.
    private func expectHelp(
        _ error: DamagedJournalError, _ files: [(first: UInt64, bytes: [UInt8])]
    ) throws {
        let isCut = error.description.contains("truncate -s \(error.offset) \(error.path)")
        #expect(isCut != error.isAtEnd)
        let kept = files.filter { file in
            let name = Journal.fileName(from: file.first)
            let isMoved = error.followers.contains(name)
            #expect(error.description.contains("move away") || !isMoved)
            return !isMoved
        }
        let mended = kept.map { file in
            let isDamaged = Journal.fileName(from: file.first) == error.path
            return (file.first, isDamaged && isCut ? Array(file.bytes[..<error.offset]) : file.bytes)
        }
        #expect(try replayed(mended).changes.count >= Int(error.record) - 1)
    }

    @Test func aFileThatIsMissingInTheMiddleIsRefused() throws {
        let files = [threeFiles[0], threeFiles[2]]
        let error = try #require(throws: DamagedJournalError.self) { try replayed(files) }
        #expect(error.path == "journal-1")
        #expect(error.followers == ["journal-13"])
        #expect(error.description.contains("record 7 is missing"))
        try expectHelp(error, files)
    }

    /// As only damage can do it once a newer file was begun. The newer ones are whole: nobody may be told to cut them.
    @Test func aFileThatLostItsEndIsNamedAndNotTheOnesAfterIt() throws {
        for length in 0..<bytes.count {
            for tail in [[], [UInt8](repeating: 0, count: 700)] {
                var files = threeFiles
                files[0].bytes = Array(bytes[..<length]) + tail
                let error = try #require(throws: DamagedJournalError.self) { try replayed(files) }
                #expect(error.path == "journal-1")
                #expect(error.followers == ["journal-7", "journal-13"])
                #expect(starts.last { $0 <= length } == error.offset)
                #expect(!error.description.contains("truncate"))
                try expectHelp(error, files)
            }
        }
    }

    @Test func damageInAFileMakesTheOnesAfterItUseless() throws {
        for damaged in 0..<3 {
            var files = threeFiles
            files[damaged].bytes[files[damaged].bytes.lineStarts[2] + 3] ^= 1
            let error = try #require(throws: DamagedJournalError.self) { try replayed(files) }
            #expect(error.path == Journal.fileName(from: files[damaged].first))
            #expect(error.followers == files[(damaged + 1)...].map { Journal.fileName(from: $0.first) })
            try expectHelp(error, files)
        }
        // One that was begun at the damage, or before, does without what is damaged.
        for first in [2, 3] as [UInt64] {
            var files = [(first: 1 as UInt64, bytes: bytes)]
            files[0].bytes[starts[2] + 3] ^= 1
            files.append((first, .journal(contents, groups: groups, first: first)))
            let error = try #require(throws: DamagedJournalError.self) { try replayed(files) }
            #expect(error.followers == [])
            try expectHelp(error, files)
        }
    }

    @Test func aNewerFileTakesThePlaceOfTheEndOfAnOlderOne() throws {
        let newer: [Journal.Content] = [
            .changes([.imagesRemoved(["x"])]), .changes([.imagesRemoved(["y"])]), .changes([.imagesRemoved(["z"])]),
        ]
        let second = [UInt8].journal(newer, groups: [1, 1, 1], first: 5)
        // The older file's last group, which could not be flushed, may be whole, torn anywhere, or garbage.
        for length in starts[4]...bytes.count {
            let replay = try replayed([(1, Array(bytes[..<length])), (5, second)])
            #expect(replay.lastNumber == 7)
            let expected = contents[..<4] + newer
            #expect(replay.changes.map { .changes([$0.change]) } == Array(expected))
            #expect(replay.tornBytes == 0)
        }
    }

    @Test func anEmptyJournalHoldsNothing() throws {
        #expect(try replayed([]).lastNumber == 0)
        for empty in [[], [UInt8](repeating: 0, count: 4096)] {
            let replay = try replayed([(41, empty)])
            #expect(replay.lastNumber == 40)
            #expect(replay.changes.isEmpty)
        }
    }

    @Test func onlyNamesThatTheServerGivesAreJournals() {
        for number in [1, 9, 10, 12_345] as [UInt64] {
            #expect(Journal.firstNumber(ofFileNamed: Journal.fileName(from: number)) == number)
        }
        for name in ["journal-", "journal-0", "journal-007", "journal-+5", "journal--5", "journal-5.bak", "Journal-5"] {
            #expect(Journal.firstNumber(ofFileNamed: name) == nil)
        }
    }

    // MARK: What is carried out again

    @Test func whatTheFilesHoldIsNotCarriedOutAgain() throws {
        let changes: [Journal.Content] = [
            .changes([.intervalAssigned(AccountID(stored: "a"), seconds: 60), .imagesRemoved(["x"])]),
            .written([.intervals: 1]),
            .changes([.intervalAssigned(AccountID(stored: "b"), seconds: 60)]),
        ]
        let replay = try replayed([(1, .journal(changes, groups: [1, 1, 1]))])
        #expect(
            replay.changes.map(\.change) == [
                .imagesRemoved(["x"]), .intervalAssigned(AccountID(stored: "b"), seconds: 60),
            ])
    }

    /// The removal is carried out again for the passwords' file, and with it what later happened to the other two.
    @Test func aChangeToSeveralFilesBringsBackWhatFollowedInEachOfThem() throws {
        let id = AccountID(stored: "eva")
        let user = User(email: "eva", name: "", role: .employee, createdAt: SampleChanges.time)
        let changes: [Change] = [
            .accountRemoved(id, version: 2), .accountAdded(user), .intervalAssigned(id, seconds: 60),
        ]
        let replay = try replayed([
            (
                1,
                .journal(
                    changes.map { .changes([$0]) } + [.written([.users: 3, .intervals: 3])], groups: [1, 1, 1, 1])
            )
        ])
        #expect(replay.changes.map(\.change) == changes)
        var state = TrackerState()
        state.apply(.accountAdded(user))
        state.apply(.intervalAssigned(id, seconds: 60))
        for (change, _) in replay.changes { state.apply(change) }
        #expect(state.user(id) == user)
        #expect(state.interval(of: id) == 60)
        #expect(replay.changes.reduce(into: Set()) { $0.formUnion($1.files) } == [.credentials, .users, .intervals])
    }
}
