import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Lines are found in files of many blocks, by time and account, from the end backwards.
struct AuditReaderTests {
    private let files: DataFiles
    private static let day: Int64 = 86_400_000
    private static let start = SampleChanges.time

    init() throws { files = try DataFiles() }

    /// Three blocks and a part of one; line n is of minute n, about one of ten people.
    @discardableResult
    private func write(
        lines: Int = 12_000, at time: (Int) -> Timestamp = { start.adding(seconds: $0 * 60) }
    ) throws -> Int {
        var chain = AuditChain()
        var bytes: [UInt8] = []
        for number in 1...lines {
            let entry = AuditEntry(
                at: time(number), who: "max", address: "10.0.0.7", what: .imageViewed,
                about: "Eva-\(number % 10)@example.org",
                detail: JSONObject([("file", .string("uploads/2026-03-02T08-05-01-044Z-screenshot.png"))]))
            chain.append(AuditRecord(number: number, entry: entry), to: &bytes)
        }
        try files.folder.write(bytes, to: "data/" + AuditLog.fileName)
        return bytes.count
    }

    private var reader: AuditReader {
        AuditReader(files.files, folders: FolderFlushes(), logger: .silent)
    }

    private static let always = Timestamp.earliest..<Timestamp.latest

    private func numbers(
        _ query: AuditQuery, budget: Int = AuditReader.budget, _ reader: AuditReader
    ) async throws -> [Int] {
        var query = query
        var numbers: [Int] = []
        while true {
            let page = try await reader.page(query, budget: budget)
            for line in page.lines {
                if case .number(let number)? = line.json["n"] { numbers.append(number.integer ?? 0) }
            }
            guard let next = page.next else { return numbers }
            let before = try #require(Int(next.name))
            try #require(before < query.before ?? .max, "it does not go on")
            query.before = before
        }
    }

    @Test func everyLineIsFoundOnceHoweverThePagesAre() async throws {
        try write()
        for limit in [900, 5000, 12_000] {
            let found = try await numbers(AuditQuery(times: Self.always, limit: limit), reader)
            #expect(found == Array((1...12_000).reversed()))
        }
    }

    @Test func aPageThatHasLookedLongEnoughEndsAndGoesOn() async throws {
        try write()
        var query = AuditQuery(times: Self.always, limit: 1000)
        query.about = AccountID(stored: "EVA-3@example.org")
        let found = try await numbers(query, budget: 1, reader)
        #expect(found == (1...12_000).filter { $0 % 10 == 3 }.reversed())
    }

    @Test func timesAreFoundAlsoWhereTheClockWasSetBack() async throws {
        // The clock was years ahead for a while in the middle of the file.
        let ahead = 5000...5100
        try write { number in
            Self.start.adding(seconds: (ahead.contains(number) ? 100_000_000 : 0) + number * 60)
        }
        let past = Self.start.adding(seconds: 200 * 60)..<Self.start.adding(seconds: 210 * 60)
        #expect(try await numbers(AuditQuery(times: past, limit: 3), reader) == Array((200..<210).reversed()))
        let future = Self.start.adding(seconds: 90_000_000)..<Timestamp.latest
        #expect(try await numbers(AuditQuery(times: future, limit: 50), reader) == Array(ahead.reversed()))
    }

    @Test func blocksWithOtherTimesAreNotRead() async throws {
        let size = try write()
        let query = AuditQuery(times: Self.start..<Self.start.adding(seconds: 60 * 60), limit: 1000)
        let reader = reader
        #expect(try await numbers(query, reader).count == 59)
        // What is in the blocks behind the first is of no interest any more, nor is whether it can be read.
        let file = try OpenFile(files.auditPath, O_RDWR)
        let junk = [UInt8](repeating: UInt8(ascii: "x"), count: AuditIndex.blockSize / 2)
        try file.write(junk.span, at: size / 2)
        #expect(try await numbers(query, reader).count == 59)
    }

    @Test func theIndexIsKeptAndOneOfAnotherFileIsNone() async throws {
        let size = try write()
        _ = try await numbers(AuditQuery(times: Self.always, limit: 1), reader)
        let path = files.files.dataFolder + "/" + AuditReader.indexName
        let kept = try #require(try OpenFile.contents(of: path))
        #expect(AuditIndex.lastEnd(kept).map { $0 > size - 2 * AuditIndex.blockSize && $0 <= size } == true)
        // A restored file: other lines at the same places.
        try write { Self.start.adding(seconds: 500_000_000 + $0 * 60) }
        let later = Self.start.adding(seconds: 500_000_000)..<Timestamp.latest
        #expect(try await numbers(AuditQuery(times: later, limit: 1000), reader).count == 12_000)
        try files.folder.write(Array("nonsense\n1 2\n".utf8), to: "data/" + AuditReader.indexName)
        #expect(try await numbers(AuditQuery(times: later, limit: 1000), reader).count == 12_000)
    }

    @Test func whatIsNoLineIsPassedBy() async throws {
        try write(lines: 3)
        let file = try OpenFile(files.auditPath, O_WRONLY | O_APPEND)
        try file.write(Array("{}\nnonsense\n{\"n\":4,\"at\":\"2026".utf8).span)
        #expect(try await numbers(AuditQuery(times: Self.always, limit: 10), reader) == [3, 2, 1])
        for before in [-1, 0, 1, 10_000_000] {
            var query = AuditQuery(times: Self.always, limit: 10)
            query.before = before
            #expect(try await numbers(query, reader) == (before > 1 ? [3, 2, 1] : []))
        }
    }

    @Test func accountsAreFoundInEverySpelling() async throws {
        var chain = AuditChain()
        var bytes: [UInt8] = []
        let names = ["Straße", "STRASSE", "e\u{301}va", "\u{C9}VA", #"a"b\c"#, "eva", "evab", "EVA"]
        for (index, name) in names.enumerated() {
            let entry = AuditEntry(at: Self.start, who: nil, address: nil, what: .imageViewed, about: name)
            chain.append(AuditRecord(number: index + 1, entry: entry), to: &bytes)
        }
        try files.folder.write(bytes, to: "data/" + AuditLog.fileName)
        for (name, expected) in [
            ("strasse", [2, 1]), ("\u{E9}va", [4, 3]), (#"A"B\C"#, [5]), ("Eva", [8, 6]), ("ev", []),
        ] {
            var query = AuditQuery(times: Self.always, limit: 10)
            query.about = AccountID(stored: name)
            #expect(try await numbers(query, reader) == expected, "\(name)")
        }
    }
}
