import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// What a look at real folders finds.
@Suite struct FolderCheckTests {
    private static let sound: [DataFile: String] = [
        .users: #"[{"email": "eva", "name": "Eva", "role": "employee", "createdAt": "2026-03-01T08:00:00.000Z"}]"#,
        .organization: #"{"name": "", "createdAt": null}"#, .intervals: #"{"eva": 300, "gone": 0}"#,
        .credentials: #"{"accounts": {"eva": {"verifier": "$scrypt$", "version": 1, "mustChangePassword": false}}}"#,
        .workSessions: "[]", .uploadsIndex: "[]",
    ]

    private func folders(
        _ changes: [DataFile: String] = [:], without missing: Set<DataFile> = []
    ) throws -> DataFiles {
        let contents = Self.sound.merging(changes) { $1 }.filter { !missing.contains($0.key) }
        let files = try DataFiles(contents)
        if contents[.credentials] != nil { chmod(files.files.path(of: .credentials), 0o600) }
        return files
    }

    private func verification(of files: DataFiles, images: [String: ImageFault] = [:]) async throws -> Verification {
        try await EvidenceReader(layout: files.files, keepsKey: true).read { evidence in
            Verification(
                evidence, images: ImageInspection(faults: images), calendar: WorkCalendar(timeZone: .gmt),
                now: Timestamp(iso8601: "2026-03-02T08:00:00Z") ?? .earliest)
        }
    }

    private func findings(_ files: DataFiles, images: [String: ImageFault] = [:]) async throws -> [Finding] {
        try await verification(of: files, images: images).findings
    }

    private func index(_ files: String..., ts: String = "2026-03-02T08:00:00.000Z") -> String {
        "[" + files.map { #"{"file": "\#($0)", "employeeId": "gone", "ts": "\#(ts)"}"# }.joined(separator: ",") + "]"
    }

    private func journal(_ changes: Change...) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, change) in changes.enumerated() {
            let number = UInt64(index + 1)
            Journal.append(Journal.Record(number: number, group: number, content: .changes([change])), to: &bytes)
        }
        return bytes
    }

    @Test func soundFoldersAndNewOnesAreNoFindings() async throws {
        let sound = try await verification(of: try folders())
        #expect(sound.findings.isEmpty)
        #expect(sound.counts == .init(accounts: 1, sessions: 0, images: 0))
        #expect(try await findings(try DataFiles()).isEmpty)
    }

    @Test func eachDamagedFileIsAFindingAndHidesNoOther() async throws {
        let files = try folders([
            .users: "[\n  {\"email\": 5}\n]", .workSessions: "[]]", .organization: "", .intervals: #"{"eva": 60}"#,
            .uploadsIndex: index("uploads/a.png"),
        ])
        let verification = try await verification(of: files)
        #expect(
            verification.findings.map(\.kind) == [
                .fileDamaged, .fileDamaged, .fileDamaged, .intervalOutOfRange, .imageMissing,
            ])
        let users = try #require(verification.findings.first)
        #expect(users.subject == files.files.path(of: .users))
        #expect(users.message == "is damaged at line 2, column 13: expected a text in quotes")
        #expect(verification.counts == .init(accounts: nil, sessions: nil, images: 1))
    }

    @Test func aMissingFileIsAFindingWhenOthersExist() async throws {
        let files = try folders(without: [.uploadsIndex, .credentials])
        let found = try await findings(files)
        #expect(found.map(\.kind) == [.fileMissing, .fileMissing])
        #expect(found.map(\.subject) == [files.files.path(of: .credentials), files.files.path(of: .uploadsIndex)])
    }

    @Test func whatIsNoFileCantBeRead() async throws {
        let files = try folders(without: [.users])
        mkdir(files.files.path(of: .users), 0o700)
        #expect(try await findings(files).map(\.kind) == [.fileUnreadable])
    }

    @Test func secretsAreForTheirOwnerAlone() async throws {
        let files = try folders()
        let key = files.files.dataFolder + "/jwt_secret"
        try files.folder.write("c2hvcnQ=", to: "data/jwt_secret")
        for (mode, kinds) in [
            (0o600, [.keyDamaged]), (0o640, [.secretShared, .secretShared, .keyDamaged]),
            (0o604, [.secretExposed, .secretExposed, .keyDamaged]),
        ] as [(mode_t, [Finding.Kind])] {
            for path in [files.files.path(of: .credentials), key] { chmod(path, mode) }
            #expect(try await findings(files).map(\.kind) == kinds)
        }
    }

    @Test func theKeyOfTLSMayBeItsGroups() async throws {
        let files = try folders()
        try files.folder.write("a key", to: "key.pem")
        let reader = EvidenceReader(layout: files.files, keepsKey: true, tlsKey: files.folder.path + "/key.pem")
        for (mode, expected) in [(0o640, []), (0o644, [.secretExposed])] as [(mode_t, [Finding.Kind])] {
            chmod(files.folder.path + "/key.pem", mode)
            let kinds = try await reader.read { FileCheck.secrets($0).map(\.kind) }
            #expect(kinds == expected)
        }
    }

    @Test(arguments: ["data", "up/loads"]) func aFolderThatEverybodyMayLookIntoIsANote(name: String) async throws {
        let files = try folders()
        chmod(files.folder.path + "/" + name, 0o711)
        let verification = try await verification(of: files)
        #expect(verification.findings.map(\.kind) == [.folderExposed])
        #expect(verification.findings.first?.hint.contains("chmod o= ") == true)
        #expect(verification.isSound)
    }

    @Test func aFileThatTheServerHasHadIsMissedEvenWhenAllAreGone() async throws {
        let files = try DataFiles()
        try await files.open().close()
        for file in DataFile.allCases { try Folder.removeFile(files.files.path(of: file)) }
        let found = try await findings(files)
        #expect(found.map(\.kind) == DataFile.allCases.map { _ in .fileMissing })
        #expect(found.allSatisfy { $0.hint.contains("No server starts without it") })
        try files.folder.write("[5]", to: "data/" + FileNote.name)
        #expect(try await findings(files).map(\.kind) == [.fileDamaged])
    }

    @Test func anIndexThatIsMissingBesideImagesIsGoneToTheNextStartToo() async throws {
        for files in [try folders(without: [.uploadsIndex]), try DataFiles()] {
            try files.folder.write("a picture", to: "up/loads/2026-03-02T08-00-00-000Z-a.png")
            let gone = try #require(try await findings(files).first { $0.kind == .fileMissing })
            #expect(gone.subject == files.files.path(of: .uploadsIndex))
            #expect(gone.hint.contains("No server starts without it"))
        }
    }

    /// A pipe would be waited for.
    @Test func onlyPlainFilesAreRead() async throws {
        let files = try folders(without: [.organization, .workSessions])
        #expect(mkfifo(files.files.path(of: .organization), 0o600) == 0)
        symlink("/nowhere/sessions", files.files.path(of: .workSessions))
        for name in ["data/jwt_secret", "data/.lock", "up/loads/2026-03-02T08-00-00-000Z-a.png"] {
            #expect(mkfifo(files.folder.path + "/" + name, 0o600) == 0)
        }
        await #expect(throws: FileError.self) { try await findings(files) }
        try Folder.removeFile(files.files.dataFolder + "/jwt_secret")
        await #expect(throws: FileError.self) { try await findings(files) }
        try Folder.removeFile(files.files.dataFolder + "/.lock")
        let found = try await findings(files)
        #expect(found.map(\.kind) == [.fileUnreadable, .fileUnreadable])
        #expect(
            found.map(\.message) == [
                "can't be read: it is a pipe, not a file",
                "can't be read: it leads to /nowhere/sessions, where nothing is; mount the disk that it leads to, or remove the "
                    + "link",
            ])
    }

    @Test func leftoversAndKeptCopiesAreNotes() async throws {
        let files = try folders()
        for name in [
            "data/users.json.new", "data/.X.unfinished", "data/.probe-1", "up/loads/.arriving-x",
            "up/loads/index.json.new",
            "data/users.json.edited-2026-03-02T08-00-00-000Z", "data/notes.txt",
        ] { try files.folder.write("", to: name) }
        let verification = try await verification(of: files)
        #expect(
            verification.findings.map(\.kind) == [
                .leftoverFile, .leftoverFile, .editedCopy, .leftoverFile, .leftoverFile, .leftoverFile,
            ])
        #expect(verification.isSound)
    }

    @Test func theJournalCountsAsIfTheServerHadStarted() async throws {
        let files = try folders()
        let ts = try #require(Timestamp(iso8601: "2026-03-02T07:00:00Z"))
        let stored = Change.imageStored(UploadRecord(file: "uploads/a.png", employeeID: "eva", ts: ts))
        try files.folder.write(
            journal(stored, .intervalAssigned(AccountID(stored: "eva"), seconds: 600)), to: "data/journal-1")
        try files.folder.write("", to: "up/loads/a.png")
        let verification = try await verification(of: files)
        #expect(verification.findings.map(\.kind) == [.journalPending])
        #expect(verification.findings.first?.message.contains("2 changes") == true)
        #expect(verification.counts.images == 1)
        #expect(verification.isSound)
    }

    @Test func aTornTailIsANoteAndADamagedMiddleIsNot() async throws {
        let files = try folders()
        let eva = AccountID(stored: "eva")
        let whole = journal(.intervalAssigned(eva, seconds: 600), .intervalAssigned(eva, seconds: 60))
        try files.folder.write(Array(whole.dropLast(5)), to: "data/journal-1")
        let torn = try await verification(of: files)
        #expect(torn.findings.map(\.kind) == [.journalTorn, .journalPending])
        #expect(torn.isSound)

        var damaged = whole
        damaged[20] ^= 1
        try files.folder.write(damaged, to: "data/journal-1")
        let found = try await findings(files)
        #expect(found.map(\.kind) == [.journalDamaged])
        #expect(found.first?.message.contains("byte 0") == true)
        damaged = whole
        let second = whole.count / 2 + 20
        damaged[second] ^= 1
        damaged += journal(.intervalAssigned(eva, seconds: 600), .intervalAssigned(eva, seconds: 600))
        try files.folder.write(damaged, to: "data/journal-1")
        #expect(try await findings(files).map(\.kind).contains(.journalPending))
    }

    @Test func aJournalThatLostItsEndIsAFindingAndTheRestIsToBeKept() async throws {
        let files = try folders()
        let eva = AccountID(stored: "eva")
        let whole = journal(.intervalAssigned(eva, seconds: 600), .intervalAssigned(eva, seconds: 660))
        try files.folder.write(Array(whole.dropLast(5)), to: "data/journal-1")
        try files.folder.write("", to: "data/journal-3")
        let verification = try await verification(of: files)
        #expect(verification.findings.map(\.kind) == [.journalDamaged, .journalPending])
        let finding = try #require(verification.findings.first)
        #expect(finding.subject == files.files.dataFolder + "/journal-1")
        #expect(finding.message.contains("record 2 is missing"))
        #expect(finding.hint.contains("move away \(files.files.dataFolder)/journal-3."))
        #expect(!finding.hint.contains("truncate"))
        await #expect(throws: DamagedJournalError.self) { _ = try await files.open() }
    }

    @Test func recordsAndImagesMustBelongTogether() async throws {
        let files = try folders([
            .uploadsIndex: index("uploads/a.png", "uploads/b.png", "uploads/c.png", "uploads/d.png")
        ])
        for name in ["a.png", "orphan.JPG", ".hidden.png", "notes.txt"] {
            try files.folder.write("", to: "up/loads/" + name)
        }
        symlink("a.png", files.files.uploadFolder + "/c.png")
        mkdir(files.files.uploadFolder + "/d.png", 0o700)
        let found = try await findings(files)
        #expect(found.map(\.kind) == [.imageMissing, .imageNotAFile, .imageNotAFile, .imageOrphaned])
        #expect(
            found.map(\.subject) == ["uploads/b.png", "uploads/c.png", "uploads/d.png", "uploads/orphan.JPG"])
    }

    @Test func theIndexMustMakeSense() async throws {
        let files = try folders([
            .uploadsIndex: index(
                "uploads/a.png", "a.png", "uploads/../data/users.json", "uploads/", "uploads/a.png",
                ts: "2026-03-02T08:06:00.000Z")
        ])
        try files.folder.write("", to: "up/loads/a.png")
        let found = try await findings(files)
        #expect(found.count { $0.kind == .imageFromFuture } == 5)
        #expect(
            found.filter { $0.kind == .imagePathInvalid }.map(\.subject) == [
                "a.png", "uploads/../data/users.json", "uploads/",
            ])
        #expect(found.filter { $0.kind == .imageListedTwice }.map(\.subject) == ["uploads/a.png"])
        #expect(found.count == 9)
    }

    @Test func faultsOfImagesThatAreGoneDoNotCount() async throws {
        let files = try folders([.uploadsIndex: index("uploads/a.png")])
        try files.folder.write("", to: "up/loads/a.png")
        let found = try await findings(files, images: ["a.png": .empty, "gone.png": .notAnImage])
        #expect(found.map(\.kind) == [.imageEmpty])
        #expect(found.map(\.subject) == ["uploads/a.png"])
    }

    @Test func accountsMustBeAbleToLogIn() async throws {
        let user = #"{"email": "ewa ", "name": "", "role": "manager", "createdAt": "2026-03-01T08:00:00.000Z"}"#
        let found = try await findings(try folders([.users: "[\(user)]"]))
        #expect(found.map(\.kind) == [.accountIDInvalid, .accountWithoutPassword])
        #expect(found.map(\.severity) == [.error, .note])
    }

    @Test func accountsThatNoRuleAllowsAreNamed() async throws {
        func user(_ email: String, _ createdAt: String = #","createdAt": "2026-03-01T08:00:00.000Z""#) -> String {
            #"{"email": "\#(email)", "name": "", "role": "employee"\#(createdAt)}"#
        }
        let users = [
            user("\u{FEFF}ann"), user("ann"), user("a\u{200B}b"), user("eva", #","createdAt": "soon""#),
            user("bob", ""), user("zoe", #","createdAt": "2026-03-02T08:00:00.001Z""#),
        ]
        let found = try await findings(try folders([.users: "[\(users.joined(separator: ","))]"]))
            .filter { $0.kind != .accountWithoutPassword }
        #expect(found.allSatisfy { $0.severity == .error })
        #expect(
            found.map { "\($0.kind.rawValue) \($0.subject)" } == [
                "account_id_invalid \u{FEFF}ann", "account_listed_twice \u{FEFF}ann", "account_id_invalid a\u{200B}b",
                "account_created_at_invalid eva", "account_created_at_invalid bob", "account_created_at_invalid zoe",
            ])
        #expect(found[1].hint.contains("DELETE /api/employees/%EF%BB%BFann"))
    }

    @Test func correctionsMustMakeSense() async throws {
        func correction(_ id: String, minutes: Int = 30, at time: String = "08:00:00") -> String {
            #"{"id": "\#(id)", "employeeId": "eva", "date": "2026-03-02", "minutes": \#(minutes), "reason": "r", "#
                + #""by": "max", "createdAt": "2026-03-02T\#(time).000Z", "revokedAt": null, "revokedBy": null}"#
        }
        func found(_ corrections: String...) async throws -> [String] {
            try await findings(try folders([.corrections: "[\(corrections.joined(separator: ","))]"]))
                .map { "\($0.kind.rawValue) \($0.subject)" }
        }
        #expect(try await found(correction("c-1"), correction("c-2", minutes: -1440)) == [])
        #expect(
            try await found(
                correction("c-1"), correction("c-2", minutes: 1441), correction("c-3", at: "08:05:01"))
                == ["correction_out_of_range c-2", "correction_from_future c-3"])
        // What can't be read is damage, and nothing more is said of it.
        let twice = try folders([
            .corrections: "[\(correction("c-1", minutes: 0)),\(correction("c-1", minutes: 0))]"
        ])
        let damaged = try await findings(twice)
        #expect(damaged.map(\.kind) == [.fileDamaged])
        #expect(damaged.first?.subject == twice.files.path(of: .corrections))
    }

    @Test func besideAServerOnlyWhatStaysCounts() async throws {
        let files = try folders([.uploadsIndex: index("uploads/a.png", "uploads/b.png")])
        let first = try await verification(of: files)
        try files.folder.write("", to: "up/loads/b.png")
        try files.folder.write("", to: "up/loads/c.png")
        let second = try await verification(of: files)
        #expect(first.findings.map(\.subject) == ["uploads/a.png", "uploads/b.png"])
        #expect(second.findings.map(\.subject) == ["uploads/a.png", "uploads/c.png"])
        #expect(first.confirmed(by: second).findings.map(\.subject) == ["uploads/a.png"])
    }
}
