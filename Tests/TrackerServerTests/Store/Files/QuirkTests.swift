import Foundation
import JSON
import Logging
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Files as the system before this one wrote them, and as editors leave them.
@Suite struct QuirkTests {
    private let log = CollectedLog()

    private func session(_ members: String) -> String { #"{"employeeId":"eva","# + members + "}" }

    /// Opens the store on the files; what it said while it did, a line a kind and file.
    private func opened(
        _ contents: [DataFile: String], images: [String] = [], _ body: (borrowing TrackerState) throws -> Void
    ) async throws -> [String] {
        let files = try DataFiles(contents)
        for name in images { try files.folder.write("x", to: "up/loads/" + name) }
        let store = try await files.open(logger: log.logger)
        try store.peek { try body($0) }
        try await store.close()
        return log.lines(.notice).map { "\($0.text)|\($0.metadata.split(separator: " found=").last ?? "")" }
    }

    private func lines(_ file: DataFile, _ quirks: (Quirk, String)...) -> [String] {
        quirks.map { "The file \(file.rawValue) \($0.sentence)|\($1)" }
    }

    // MARK: Byte order marks

    @Test(arguments: [DataFile.users, .organization, .intervals, .workSessions, .uploadsIndex, .credentials])
    func aByteOrderMarkIsReadAndNotWritten(file: DataFile) async throws {
        let isList = [.users, .workSessions, .uploadsIndex].contains(file)
        let initial = file == .organization ? #"{"name":"x","createdAt":null}"# : isList ? "[]" : "{}"
        let files = try DataFiles([file: "\u{FEFF}" + initial])
        let store = try await files.open(logger: log.logger)
        #expect(log.lines(.notice).map(\.text) == ["The file \(file.rawValue) \(Quirk.byteOrderMark.sentence)"])
        try await store.close()
        try await files.rewrite()
        #expect(try !files.bytes(of: file).starts(with: [0xEF, 0xBB, 0xBF]))
    }

    @Test(arguments: [
        (DataFile.users, "[{\"email\": 3}]", "line 1, column 12"),
        (.workSessions, "[x]", "line 1, column 2"), (.uploadsIndex, "[\n x]", "line 2, column 2"),
        (.workSessions, "\u{FEFF}[]", "line 1, column 1"), (.intervals, "", "line 1, column 1"),
    ])
    func columnsAreCountedBehindTheMark(file: DataFile, text: String, place: String) async throws {
        let files = try DataFiles([file: "\u{FEFF}" + text])
        let error = await #expect(throws: DamagedFileError.self) { _ = try await files.files.load() }
        #expect(error?.description.contains(": \(place): ") == true)
    }

    // MARK: Sessions

    @Test func whatASessionLacksFollowsFromTheRest() async throws {
        let text = """
            [{"employeeId":"eva","startedAt":"2026-03-02T08:00:00Z","endedAt":"2026-03-02T10:00:00+01:00"},
            {"employeeId":"eva","startedAt":1772445600000,"endedAt":null,"isActive":1,"idleSeconds":"12.5",
            "lastHeartbeatAt":null,"date":"","x":1}]
            """
        let said = try await opened([.workSessions: text]) { state in
            let sessions = state.allSessions
            #expect(sessions.map(\.id) == ["eva-1772438400000", "eva-1772445600000"])
            #expect(sessions.map(\.endedAt?.iso8601) == ["2026-03-02T09:00:00.000Z", nil])
            #expect(sessions.map(\.isActive) == [false, true])
            #expect(sessions.map(\.idleSeconds) == [0, 12.5])
            #expect(
                sessions.map(\.lastHeartbeatAt.iso8601) == ["2026-03-02T09:00:00.000Z", "2026-03-02T10:00:00.000Z"])
            #expect(sessions.map(\.date) == ["2026-03-02", "2026-03-02"])
        }
        let both = "2 records, such as eva-1772438400000"
        #expect(
            Set(said)
                == Set(
                    lines(
                        .workSessions, (.idMissing, both), (.beatMissing, both), (.dateMissing, both),
                        (.activityOdd, both), (.idleMissing, "1 record, such as eva-1772438400000"),
                        (.timeAsNumber, "1 record, such as eva-1772445600000"),
                        (.numberAsText, "1 record, such as eva-1772445600000"))))
    }

    @Test func whatWasMissingIsWrittenInItsPlaceWhenTheRecordChanges() async throws {
        let text = #"[{"startedAt":"2026-03-02T08:00:00Z","x":1,"employeeId":"eva"}]"#
        let files = try DataFiles([.workSessions: text])
        let end = try #require(Timestamp(iso8601: "2026-03-02T09:00:00Z"))
        try await files.rewrite([.sessionEnded(session: "eva-1772438400000", at: end, idleSeconds: 3)])
        let record = try #require(try JSONReader.value(of: try files.bytes(of: .workSessions)).array?.first?.object)
        #expect(
            record.members.map(\.key) == [
                "id", "startedAt", "endedAt", "isActive", "idleSeconds", "lastHeartbeatAt", "date", "x", "employeeId",
            ])
        #expect(record["endedAt"]?.text == "2026-03-02T09:00:00.000Z")
        #expect(record["x"] == .number(1))
    }

    @Test func anOpenSessionHeardOfBeforeItsStartCountsAsSilent() async throws {
        let text = session(
            #""id":"m-1","startedAt":"2026-03-02T08:00:00.000Z","endedAt":null,"isActive":true,"idleSeconds":0,"#
                + #""lastHeartbeatAt":"2026-03-02T07:59:00.000Z","date":"2026-03-02""#)
        let said = try await opened([.workSessions: "[\(text)]"]) { state in
            #expect(state.openSessions.map(\.id) == ["m-1"])
        }
        #expect(said == lines(.workSessions, (.beatBeforeStart, "1 record, such as m-1")))
        try await TestFolders.with { folders in
            try folders.write("[\(text)]", to: "data/work_sessions.json")
            try await TestServer.run(at: "2026-03-02T08:00:10.000Z", folders: folders) { server in
                let eva = try await server.employee("eva")
                let me = try await server.get(APIPath.workMe, as: eva)
                #expect(try me[member: "session"] == .null)
                try await server.post(APIPath.workStart, as: eva).expect(201)
                #expect(server.environment.store.peek { $0.allSessions.map(\.id) } == ["eva-1772438410000"])
            }
        }
    }

    @Test func anIdThatIsOpenTwiceIsOpenOnce() async throws {
        func record(_ beat: String, _ end: String = "null") -> String {
            session(
                #""id":"m-1","startedAt":"2026-03-02T08:00:00.000Z","endedAt":\#(end),"isActive":true,"#
                    + #""idleSeconds":0,"lastHeartbeatAt":"2026-03-02T\#(beat):00.000Z","date":"2026-03-02""#)
        }
        let ended = record("08:30", #""2026-03-02T08:30:00.000Z""#)
        let text = "[\(ended),\(record("09:00")),\n\(record("08:45"))]"
        let said = try await opened([.workSessions: text]) { state in
            #expect(state.openSessions.map(\.lastHeartbeatAt.iso8601) == ["2026-03-02T09:00:00.000Z"])
            #expect(
                state.allSessions.map(\.endedAt?.iso8601) == [
                    "2026-03-02T08:30:00.000Z", nil, "2026-03-02T08:45:00.000Z",
                ])
        }
        #expect(said == lines(.workSessions, (.openTwice, "1 record, such as m-1")))
    }

    @Test(arguments: [
        (#""startedAt":null"#, #"a record with the key "startedAt""#),
        (#""startedAt":"2026-03-02T08:00:00""#, "an ISO 8601 time"), (#""startedAt":1772438400"#, "an ISO 8601 time"),
        (#""startedAt":"2026-03-02T08:00:00Z","idleSeconds":"some""#, "a number"),
        (#""startedAt":"2026-03-02T08:00:00Z","isActive":2"#, "true or false"),
        (#""startedAt":"2026-03-02T08:00:00Z","endedAt":"later""#, "an ISO 8601 time"),
    ])
    func whatCantBeUnderstoodStopsTheStart(members: String, expected: String) async throws {
        let files = try DataFiles([.workSessions: "[\n\(session(members))]"])
        let error = await #expect(throws: DamagedFileError.self) { _ = try await files.files.load() }
        #expect(error?.error.expected == expected)
        #expect(error?.error.place.line == 2)
    }

    // MARK: Accounts, intervals, images

    @Test func accountsMayLackWhatTheServerCanDoWithout() async throws {
        let text = """
            [{"email":"eva","createdAt":"yesterday","tags":[]},
            {"email":"max","name":null,"role":"manager","createdAt":null},
            {"email":"tom","name":"T","role":"employee","createdAt":1772438400000}]
            """
        let said = try await opened([.users: text, .organization: "{}"]) { state in
            #expect(state.accounts.map(\.role) == [.employee, .manager, .employee])
            #expect(state.accounts.map(\.createdAt?.iso8601) == [nil, nil, "2026-03-02T08:00:00.000Z"])
        }
        let two = "2 records, such as eva"
        #expect(
            Set(said)
                == Set(
                    lines(
                        .users, (.nameMissing, two), (.roleMissing, "1 record, such as eva"), (.createdAtUnknown, two),
                        (.timeAsNumber, "1 record, such as tom")) + lines(.organization, (.nameMissing, "1 record"))))
    }

    @Test func aCreatedAtThatIsNoTimeStaysAsItIs() async throws {
        let files = try DataFiles([
            .users: #"[{"email":"eva","createdAt":"yesterday","name":"","role":"manager"}]"#
        ])
        try await files.rewrite([.accountRoleChanged(AccountID(stored: "eva"), .employee)])
        #expect(try files.text(.users).contains("\"createdAt\": \"yesterday\""))
    }

    @Test func intervalsAreTakenAsTheyWereMeant() async throws {
        let text = #"{"a":"300","b":5,"c":null,"d":0,"e":60,"f":120,"g":"20"}"#
        let said = try await opened([.intervals: text]) { state in
            let taken = state.intervals.map { "\($0.key.spelling) \($0.value)" }
            #expect(taken == ["a 300", "b 300", "d 0", "e 60", "f 120", "g 1200"])
        }
        #expect(
            Set(said)
                == Set(
                    lines(
                        .intervals, (.numberAsText, "2 records, such as a"),
                        (.intervalInMinutes, "2 records, such as b"),
                        (.intervalMissing, "1 record, such as c"))))
    }

    @Test func imagesAreFoundWhereverTheirRecordsPoint() async throws {
        let paths = [
            "../shots/a.jpg", "D:/shots/b.jpg", #"D:\\shots\\c.jpg"#, #"uploads\\d.png"#, "/var/shots/e.png",
            "uploads/sub/f.png", "../shots/gone.jpg", "uploads/g.png", "../data/users.json", "h.png",
        ]
        let records = paths.map { #"{"file":"\#($0)","employeeId":"eva","ts":"2026-03-02T08:00:00.000Z"}"# }
        let names = ["a.jpg", "b.jpg", "c.jpg", "d.png", "e.png", "f.png", "g.png", "h.png", "users.json"]
        let said = try await opened([.uploadsIndex: "[\(records.joined(separator: ","))]"], images: names) { state in
            #expect(
                state.allUploads.map(\.file) == [
                    "uploads/a.jpg", "uploads/b.jpg", "uploads/c.jpg", "uploads/d.png", "uploads/e.png",
                    "uploads/f.png", "../shots/gone.jpg", "uploads/g.png", "../data/users.json", "h.png",
                ])
        }
        #expect(said == lines(.uploadsIndex, (.imageElsewhere, "6 records, such as uploads/a.jpg")))
    }

    /// Records in the server's own form are read by another way.
    @Test func imagesElsewhereAreFoundInAFileOfTheServersForm() async throws {
        let records = ["../shots/a.jpg", "uploads/b.jpg"].map {
            RandomRecords.canonical(UploadRecord(file: $0, employeeID: "eva", ts: SampleChanges.time))
        }
        _ = try await opened(
            [.uploadsIndex: "[\(records.joined(separator: ","))\n]"], images: ["a.jpg", "b.jpg"]
        ) { state in
            #expect(state.allUploads.map(\.file) == ["uploads/a.jpg", "uploads/b.jpg"])
        }
    }

    @Test func imagesMayLackTheirTimeAndOwner() async throws {
        let text = """
            [{"file":"uploads/2026-03-02T08-05-01-044Z-a.png"},{"file":"uploads/b.png","ts":null,"employeeId":"eva"}]
            """
        _ = try await opened([.uploadsIndex: text], images: ["b.png"]) { state in
            #expect(state.allUploads.map(\.employeeID) == ["", "eva"])
            #expect(state.allUploads.first?.ts.iso8601 == "2026-03-02T08:05:01.044Z")
            #expect((state.allUploads.last?.ts ?? .earliest) > SampleChanges.time)
        }
        let files = try DataFiles([.uploadsIndex: #"[{"file":"uploads/gone.png"}]"#])
        await #expect(throws: DamagedFileError.self) { _ = try await files.files.load() }
    }

    @Test func verifySaysTheSame() async throws {
        let files = try DataFiles([.intervals: #"{"a":"300"}"#, .users: "\u{FEFF}[]"])
        let found = try await EvidenceReader(layout: files.files, keepsKey: false).read { FileCheck.quirks($0) }
        #expect(found.map(\.kind) == [.fileQuirk, .fileQuirk])
        #expect(found.map(\.severity) == [.note, .note])
        #expect(found.map(\.subject) == [files.files.path(of: .users), files.files.path(of: .intervals)])
        #expect(
            found.map(\.message) == [
                "\(Quirk.byteOrderMark.sentence): 1 record", "\(Quirk.numberAsText.sentence): 1 record, such as a",
            ])
    }
}
