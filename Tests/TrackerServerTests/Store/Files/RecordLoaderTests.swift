import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite(.ownThread) struct RecordLoaderTests {
    private let files: DataFiles

    init() throws { files = try DataFiles() }

    // MARK: Reading

    @Test(arguments: 0..<5 as Range<UInt64>)
    func recordsOfAnyFormAreReadAsInOnePiece(seed: UInt64) throws {
        var random = RandomRecords(seed: seed)
        let share = [0, 1, 20, 100, 1000][Int(seed)]
        var sessions: [String] = []
        var uploads: [String] = []
        for _ in 0..<(share == 0 ? 40 : 1100) {
            let isOpen = Int.random(in: 0..<100, using: &random.generator) == 0
            let (session, upload) = (random.session(isOpen: isOpen), random.upload())
            let isIrregular = share == 0 || Int.random(in: 0..<share, using: &random.generator) == 0
            sessions.append(isIrregular ? try random.irregular(session) : RandomRecords.canonical(session))
            uploads.append(isIrregular ? try random.irregular(upload) : RandomRecords.canonical(upload))
        }
        let end = seed % 2 == 0 ? "\n]" : "\(random.space())]\(random.space())"
        try expectSame(WorkSession.self, "[" + sessions.joined(separator: ",") + end)
        try expectSame(UploadRecord.self, "\(random.space())[" + uploads.joined(separator: ",") + end)
    }

    @Test func recordsLongerThanAWindowAndAcrossItsEndAreRead() throws {
        var random = RandomRecords(seed: 3)
        let long = String(repeating: "é\\n", count: 1 << 19)
        var records: [String] = []
        for number in 0..<8 {
            let session = RandomRecords.canonical(random.session())
            records.append(number % 3 == 1 ? session.dropLast() + ",\"x\":\"\(long)\"}" : session)
        }
        try expectSame(WorkSession.self, "[" + records.joined(separator: ",") + "\n]")
        // A number whose first half alone is out of range, at every place around the window's end.
        let number = String(repeating: "9", count: 400) + "e-300"
        let record = RandomRecords.canonical(random.session())
        let idle = try #require(record.range(of: #""idleSeconds": [^,]*"#, options: .regularExpression))
        let odd = record.replacingCharacters(in: idle, with: "\"idleSeconds\": \(number)")
        for shift in [0, 150, 290, 420] {
            let padding = String(repeating: " ", count: (1 << 20) - 900 + shift)
            try expectSame(WorkSession.self, "[" + record + "," + padding + odd + "," + record + "]")
        }
    }

    @Test func anArrayWithoutRecordsIsEmpty() throws {
        for text in ["[]", " [ ]\n", "[\n]"] { try expectSame(UploadRecord.self, text) }
    }

    @Test(arguments: 0..<3 as Range<UInt64>)
    func anErrorFarIntoAFileHasItsPlace(seed: UInt64) throws {
        var random = RandomRecords(seed: 70 + seed)
        var records = (0..<5000).map { _ in RandomRecords.canonical(random.session()) }
        let damaged = Int.random(in: 4400..<5000, using: &random.generator)
        let record = records[damaged]
        let offset = Int.random(in: 0..<record.unicodeScalars.count, using: &random.generator)
        let index = record.unicodeScalars.index(record.unicodeScalars.startIndex, offsetBy: offset)
        switch seed % 3 {
        case 0: records[damaged].unicodeScalars.insert("\u{1}", at: index)
        case 1: records[damaged] = String(record.unicodeScalars[..<index])
        default: records[damaged] = record.replacing("\"employeeId\"", with: "\"é\"")
        }
        let text = "[" + records.joined(separator: ",") + "\n]"
        let whole = #expect(throws: JSONError.self) { try inOnePiece(WorkSession.self, text) }
        try files.put(Array(text.utf8), in: .workSessions)
        let loaded = #expect(throws: JSONError.self) { try SessionTable.load(try open(.workSessions)) }
        #expect(loaded == whole)
        #expect((loaded?.place.line ?? 0) > 4000)
    }

    @Test func aTextThatEndsTooEarlyIsAnErrorAtItsEnd() throws {
        var random = RandomRecords(seed: 9)
        let text = "[" + (0..<3).map { _ in RandomRecords.canonical(random.upload()) }.joined(separator: ",") + "\n]"
        for length in 0..<text.utf8.count {
            let part = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            let whole = #expect(throws: JSONError.self) { try inOnePiece(UploadRecord.self, part) }
            try files.put(Array(part.utf8), in: .uploadsIndex)
            let loaded = #expect(throws: JSONError.self) { try UploadTable.Loaded.load(try open(.uploadsIndex)) }
            #expect(loaded == whole)
        }
    }

    private func open(_ file: DataFile) throws -> OpenFile { try OpenFile(files.files.path(of: file), O_RDONLY) }

    private func inOnePiece<Record: FileRecord>(_: Record.Type, _ text: String) throws(JSONError) -> [UInt8] {
        var reader = JSONReader(Array(text.utf8))
        var writer = JSONWriter(.pretty)
        writer.beginArray()
        try reader.array { reader throws(JSONError) in try Stored<Record>(from: &reader).write(to: &writer) }
        try reader.end()
        writer.endArray()
        return writer.bytes
    }

    /// Loads the text as its file, and compares what is written of that with what is written of the text read at once.
    private func expectSame<Record: FileRecord>(
        _ type: Record.Type, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try inOnePiece(type, text)
        let file: DataFile = type == WorkSession.self ? .workSessions : .uploadsIndex
        try files.put(Array(text.utf8), in: file)
        var writer = JSONWriter(.pretty)
        writer.beginArray()
        if file == .workSessions {
            for stored in try SessionTable.load(try open(file)).table.all { stored.write(to: &writer) }
        } else {
            for row in try UploadTable.Loaded.load(try open(file)).table.rows { row.stored.write(to: &writer) }
        }
        writer.endArray()
        #expect(writer.bytes == expected, sourceLocation: sourceLocation)
    }
}

extension Stored {
    fileprivate init(from reader: inout JSONReader) throws(JSONError) {
        var quirks: Set<Quirk> = []
        try self.init(from: &reader, in: ReadingSurroundings(), quirks: &quirks)
    }
}
