import Files
import Foundation
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Reports from the files: what a server would say of them, or nothing at all.
@Suite struct ReportReaderTests {
    private static let sound: [DataFile: String] = [
        .users: #"[{"email": "eva", "name": "Eva", "role": "employee", "createdAt": "2026-03-01T08:00:00.000Z"}]"#,
        .workSessions:
            #"[{"id": "eva-1", "employeeId": "eva", "startedAt": "2026-03-02T08:00:00.000Z", "#
            + #""endedAt": "2026-03-02T09:00:00.000Z", "isActive": false, "idleSeconds": 60, "#
            + #""lastHeartbeatAt": "2026-03-02T09:00:00.000Z", "date": "2026-03-02"}]"#,
        .corrections: "[]",
    ]

    private let calendar = WorkCalendar(timeZone: .gmt)
    private let request: ReportRequest

    init() throws {
        let from = try #require(CivilDate(iso8601: "2026-03-01"))
        let days = DayRange(from: from, to: from.adding(days: 30))
        request = ReportRequest(days: days, includesAll: true, explains: true)
    }

    private func summary(of source: ReportSource) -> WorkReportResponse {
        let rules = WorkRules(calendar: calendar, timeout: 300_000)
        let now = calendar.start(of: request.days.to.adding(days: 1))
        return WorkReport(rules: rules, now: now).summary(request, of: source)
    }

    private func read(_ files: DataFiles) async throws -> WorkReportResponse {
        summary(of: try await ReportReader(layout: files.files).source(of: request).source)
    }

    private func note(_ names: [DataFile], in files: DataFiles) throws {
        try FileNote.add(names.map(\.rawValue), in: files.files.dataFolder)
    }

    @Test func theFilesSayWhatIsReported() async throws {
        let employees = try await read(try DataFiles(Self.sound)).employees
        #expect(employees.map(\.employeeID) == ["eva"])
        #expect(employees.first?.total.totals == WorkTotals(activeSeconds: 3600, idleSeconds: 60))
    }

    /// A start carries every kind of change out on all tables, the reader on its own.
    @Test func theJournalCountsAsIfTheServerHadStarted() async throws {
        let files = try DataFiles(Self.sound)
        let start = SampleChanges.time
        let bob: [Change] = [
            .accountAdded(User(email: "bob", name: "Bob", role: .employee, createdAt: start)),
            .sessionRecorded(SampleChanges.session("bob", at: start, end: start.adding(seconds: 60))),
            .correctionMade(SampleChanges.correction("c-2", of: "bob", minutes: 30)),
        ]
        let changes: [Change] = bob + [.imagesRemoved(["uploads/unknown.png"])] + SampleChanges.all
        let journal = [UInt8].journal(changes.map { .changes([$0]) }, groups: changes.map { _ in 1 })
        try files.folder.write(journal, to: "data/" + Journal.fileName(from: 1))
        let found = try await read(files)
        #expect(found.employees.contains { $0.employeeID == "bob" && $0.total.payableSeconds == 1860 })

        let store = try await files.open()
        let source = try await store.read { $0.reportSource(of: request, calendar) }
        #expect(found == summary(of: source))
        try await store.close()
        #expect(try await read(files) == found)
    }

    @Test func nothingElseIsLookedAt() async throws {
        let files = try DataFiles(Self.sound)
        let expected = try await read(files)
        for file in [DataFile.credentials, .organization, .intervals] { try files.put(Array("[[".utf8), in: file) }
        try Folder.make(files.files.dataFolder + "/jwt_secret")
        try FileManager.default.removeItem(atPath: files.files.uploadFolder)
        #expect(try await read(files) == expected)
        try files.folder.write("no folder", to: "up/loads")
        #expect(try await read(files) == expected)
    }

    @Test(arguments: [DataFile.users, .workSessions, .corrections])
    func whatIsGoneIsNotTakenForNothing(file: DataFile) async throws {
        let files = try DataFiles(Self.sound)
        try note(DataFile.allCases, in: files)
        try Folder.removeFile(files.files.path(of: file))
        let error = await #expect(throws: LostFilesError.self) { try await read(files) }
        #expect(error?.description.hasPrefix("\(files.files.path(of: file)) is gone. ") == true)
        try files.put(Array(file.initialText.utf8), in: file)
        _ = try await read(files)
        try files.folder.write("[5]", to: "data/" + FileNote.name)
        await #expect(throws: DamagedFileError.self) { try await read(files) }
    }

    /// An earlier version had no corrections, and perhaps no note.
    @Test func whatAServerNeverHadIsNotMissed() async throws {
        let files = try DataFiles(Self.sound.filter { $0.key != .corrections })
        #expect(try await read(files).employees.count == 1)
        try note([.users, .workSessions], in: files)
        #expect(try await read(files).employees.count == 1)
    }

    @Test(arguments: [[DataFile.users], [.workSessions], [.users, .workSessions, .corrections]])
    func aFolderOfNoServerHasNoHours(without: [DataFile]) async throws {
        let files = try DataFiles(Self.sound.filter { !without.contains($0.key) })
        let error = await #expect(throws: ProgramExit.self) { try await read(files) }
        let names = without.filter { $0 != .corrections }.map(\.rawValue).joined(separator: " and no ")
        #expect(error?.description.hasPrefix("There is no \(names) in \(files.files.dataFolder); ") == true)
    }

    @Test func aDamagedFileAndADamagedJournalMakeNoReport() async throws {
        let files = try DataFiles(Self.sound)
        try files.put(Array("[]]".utf8), in: .corrections)
        await #expect(throws: DamagedFileError.self) { try await read(files) }
        try files.put(Array("[]".utf8), in: .corrections)
        let eva = AccountID(stored: "eva")
        let changes: [Journal.Content] = [.changes([.intervalRemoved(eva)]), .changes([.intervalRemoved(eva)])]
        var journal = [UInt8].journal(changes, groups: [1, 1])
        journal[20] ^= 1
        try files.folder.write(journal, to: "data/" + Journal.fileName(from: 1))
        await #expect(throws: DamagedJournalError.self) { try await read(files) }
    }
}
