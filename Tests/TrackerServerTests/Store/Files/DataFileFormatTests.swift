import Files
import Foundation
import JSON
import OrderedCollections
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct DataFileFormatTests {
    @Test(arguments: ["data", "data-empty"])
    func everySampleHasTheSameBytesAfterLoadAndSave(folder: String) async throws {
        let samples = try #require(Bundle.module.resourcePath) + "/Samples"
        let files = try DataFiles()
        for file in DataFile.allCases where file != .credentials {
            let path = (file == .uploadsIndex ? samples + "/uploads/" : samples + "/\(folder)/") + file.rawValue
            try files.put(try #require(try OpenFile.contents(of: path)), in: file)
        }
        let before = try DataFile.allCases.map { try files.bytes(of: $0) }
        try await files.rewrite()
        for (file, bytes) in zip(DataFile.allCases, before) where file != .credentials {
            #expect(try files.bytes(of: file) == bytes)
        }
    }

    @Test func missingFilesStartOutWithTheirInitialContent() async throws {
        let files = try DataFiles()
        try await files.rewrite()
        #expect(try files.text(.users) == "[]")
        #expect(try files.text(.organization) == "{\n  \"name\": \"\",\n  \"createdAt\": null\n}")
        #expect(try files.text(.intervals) == "{}")
        #expect(try files.text(.workSessions) == "[]")
        #expect(try files.text(.corrections) == "[]")
        #expect(try files.text(.uploadsIndex) == "[]")
        #expect(try files.text(.credentials) == "{}")
    }

    /// Unknown keys before, between and after the known ones, known ones in another order, digits that no Double holds.
    @Test func whatTheServerDoesNotKnowSurvivesAChangeInItsPlace() async throws {
        let original = """
            [
              {
                "10": 1.0,
                "name": "x",
                "deep": [{"a": [123456789012345678901234567890, "\\ud800 / é", {}]}],
                "2": [],
                "role": "employee",
                "email": "A@x",
                "createdAt": "2026-03-02T08:01:40Z",
                "__proto__": null
              }
            ]
            """
        let files = try DataFiles([.users: original])
        try await files.rewrite([.accountRoleChanged(AccountID(stored: "a@X"), .superAdmin)])
        #expect(
            try files.text(.users) == """
                [
                  {
                    "10": 1.0,
                    "name": "x",
                    "deep": [
                      {
                        "a": [
                          123456789012345678901234567890,
                          "\\ud800 / é",
                          {}
                        ]
                      }
                    ],
                    "2": [],
                    "role": "super_admin",
                    "email": "A@x",
                    "createdAt": "2026-03-02T08:01:40.000Z",
                    "__proto__": null
                  }
                ]
                """)
    }

    @Test func ofDuplicateKeysTheLastWins() async throws {
        let record =
            #"{"file":"uploads/a.png","x":1,"employeeId":"m","ts":"2026-03-02T08:05:01.061Z","x":2,"file":"uploads/b.png"}"#
        let files = try DataFiles([.uploadsIndex: "[\(record)]", .intervals: #"{"m":60,"M":120}"#])
        try await files.rewrite()
        #expect(
            try files.text(.uploadsIndex).contains("\"file\": \"uploads/b.png\",\n    \"x\": 2,\n    \"employeeId\""))
        #expect(try files.text(.intervals) == "{\n  \"m\": 120\n}")
    }

    @Test(arguments: [
        (DataFile.users, "", "data/users.json: line 1, column 1: expected an array"),
        (.users, "[{\"email\": 3}]", "data/users.json: line 1, column 12: expected a text in quotes"),
        (
            .users, "[\n  {\"email\":\"a\",\"name\":\"\",\"role\":\"boss\"}]",
            "data/users.json: line 2, column 33: expected \"employee\", \"manager\" or \"super_admin\""
        ),
        (
            .users, "[{\"name\":\"a\",\"role\":\"employee\"}]",
            "data/users.json: line 1, column 2: expected a record with the key \"email\""
        ),
        (
            .intervals, "{\"a\": -1}",
            "data/intervals.json: line 1, column 7: expected an interval in whole seconds, 0 or more"
        ),
        (
            .workSessions, "[{\"startedAt\":\"yesterday\"}]",
            "data/work_sessions.json: line 1, column 15: expected an ISO 8601 time"
        ),
        (.uploadsIndex, "[]\nx", "up/loads/index.json: line 2, column 1: expected the end of the text"),
        (
            .organization, "{\"name\": \"\\ud800\"}",
            "data/organization.json: line 1, column 10: expected a text without unpaired surrogates"
        ),
        (
            .credentials, "{\"x\": 1}",
            "data/credentials.json: line 1, column 7: expected \"accounts\" or another name that this version knows as the key"
        ),
    ])
    func aDamagedFileIsNamedWithThePlaceAndWhatWasExpected(
        file: DataFile, content: String, message: String
    ) async throws {
        let files = try DataFiles([file: content])
        let error = await #expect(throws: DamagedFileError.self) { _ = try await files.files.load() }
        #expect(error?.description == files.folder.path + "/" + message)
    }

    @Test func anAccountThatStandsTwiceIsDamage() async throws {
        func record(_ email: String) -> String {
            #"{"email":"\#(email)","name":"","role":"employee","createdAt":"2026-03-02T08:01:40.007Z"}"#
        }
        let files = try DataFiles([.users: "[\(record("a")),\n\(record("A"))]"])
        let error = await #expect(throws: DamagedFileError.self) { _ = try await files.files.load() }
        #expect(error?.error.place.line == 2)
    }

    /// To versions that compared ids less thoroughly these were two accounts.
    @Test(arguments: [false, true]) func ofAccountsThatBecameOneTheProperOneHasTheID(isReversed: Bool) async throws {
        func record(_ email: String, _ name: String) -> String {
            """
              {
                "email": "\(email)",
                "name": "\(name)",
                "role": "employee",
                "createdAt": "2026-03-02T08:01:40.007Z"
              }
            """
        }
        let accounts =
            [record("\u{FEFF}ann", "first"), record("ann", "second"), record("STRASSE", "third")]
            + [record("stra\u{DF}e", "fourth")]
        let users = "[\n" + (isReversed ? accounts.reversed() : accounts).joined(separator: ",\n") + "\n]"
        let secrets = ["\u{FEFF}ann", "ann", "\u{FEFF}gone", "gone"].enumerated().map { index, email in
            #""\#(email)": {"verifier": "\#(index)", "version": \#(10 - index), "mustChangePassword": false}"#
        }
        let files = try DataFiles([
            .users: users,
            .credentials: "{\"accounts\": {\((isReversed ? secrets.reversed() : secrets).joined(separator: ","))}}",
        ])
        let loaded = try await files.files.load()
        let ids = ["ann", "strasse", "gone"].map { AccountID(stored: $0) }
        #expect(loaded.transaction.state.user(ids[0])?.name == "second")
        #expect(loaded.transaction.state.twin("\u{FEFF}ann")?.name == "first")
        #expect(loaded.transaction.state.twin("ann") == nil)
        #expect(loaded.transaction.state.user(ids[1])?.name == (isReversed ? "fourth" : "third"))
        #expect(loaded.transaction.state.credential(of: ids[0])?.verifier == "1")
        #expect(loaded.transaction.state.credential(of: ids[2])?.version == 8)
        try await files.rewrite()
        #expect(try files.text(.users) == users)
        try await files.rewrite([.twinRemoved(email: "\u{FEFF}ann"), .twinRemoved(email: "ann")])
        #expect(try !files.text(.users).contains("first"))
        #expect(try files.text(.users).contains("second"))
    }

    @Test(arguments: ["", ",\n    \"createdAt\": \"last spring\"", ",\n    \"createdAt\": null"])
    func aUserWithoutATimeIsKeptAsItStands(createdAt: String) async throws {
        let user = "[\n  {\n    \"email\": \"a\",\n    \"name\": \"x\",\n    \"role\": \"employee\"\(createdAt)\n  }\n]"
        let files = try DataFiles([.users: user])
        try await files.rewrite([.accountRenamed(AccountID(stored: "A"), name: "y")])
        #expect(try files.text(.users) == user.replacing("\"x\"", with: "\"y\""))
    }

    @Test func credentialsReadBackAsTheyWereWritten() async throws {
        let files = try DataFiles()
        let id = AccountID(stored: "__proto__")
        let credential = Credential(verifier: "$scrypt$x", version: 3, mustChangePassword: true)
        try await files.rewrite([
            .credentialSet(id, credential), .accountRemoved(AccountID(stored: "gone"), version: 7),
            .tokenRevoked(id: "t", expiresAt: Timestamp(milliseconds: 2000), at: Timestamp(milliseconds: 1000)),
        ])
        let written = try files.bytes(of: .credentials)
        let loaded = try await files.files.load()
        #expect(
            loaded.transaction.state.secrets.credentials.values.elements == [
                credential, Credential(verifier: nil, version: 7, mustChangePassword: false),
            ])
        #expect(loaded.transaction.state.secrets.revokedTokens.keys == ["t"])
        try await files.rewrite()
        #expect(try files.bytes(of: .credentials) == written)
    }
}
