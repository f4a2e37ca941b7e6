import Files
import Foundation
import OrderedCollections
import Shared
import Testing

@testable import TrackerServer

@Suite struct DataFileFormatTests {
    private func state(_ contents: [DataFile: String]) throws -> TrackerState {
        try TrackerState(contents: { contents[$0].map { Array($0.utf8) } }, path: { "data/" + $0.rawValue })
    }

    private func text(_ file: DataFile, of state: TrackerState) -> String {
        String(decoding: state.bytes(of: file), as: UTF8.self)
    }

    @Test(arguments: ["data", "data-empty"])
    func everySampleHasTheSameBytesAfterLoadAndSave(folder: String) throws {
        let samples = try #require(Bundle.module.resourcePath) + "/Samples"
        func path(_ file: DataFile) -> String {
            (file == .uploadsIndex ? samples + "/uploads/" : samples + "/\(folder)/") + file.rawValue
        }
        let state = try TrackerState(contents: { try OpenFile.contents(of: path($0)) }, path: path)
        for file in DataFile.allCases where file != .credentials {
            let bytes = try #require(try OpenFile.contents(of: path(file)))
            #expect(state.bytes(of: file) == bytes)
        }
    }

    @Test func missingFilesStartOutWithTheirInitialContent() throws {
        let state = try state([:])
        #expect(text(.users, of: state) == "[]")
        #expect(text(.organization, of: state) == "{\n  \"name\": \"\",\n  \"createdAt\": null\n}")
        #expect(text(.intervals, of: state) == "{}")
        #expect(text(.workSessions, of: state) == "[]")
        #expect(text(.uploadsIndex, of: state) == "[]")
        #expect(text(.credentials, of: state) == "{}")
    }

    /// Unknown keys before, between and after the known ones, known ones in another order, digits that no Double holds.
    @Test func whatTheServerDoesNotKnowSurvivesAChangeInItsPlace() throws {
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
        var state = try state([.users: original])
        state.apply(.accountRoleChanged(AccountID(stored: "a@X"), .superAdmin))
        #expect(
            text(.users, of: state) == """
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

    @Test func ofDuplicateKeysTheLastWins() throws {
        let record =
            #"{"file":"uploads/a.png","x":1,"employeeId":"m","ts":"2026-03-02T08:05:01.061Z","x":2,"file":"uploads/b.png"}"#
        let state = try state([.uploadsIndex: "[\(record)]", .intervals: #"{"m":60,"M":120}"#])
        #expect(state.uploads.map(\.value.name) == ["b.png"])
        #expect(text(.uploadsIndex, of: state).contains("\"x\": 2,\n    \"employeeId\""))
        #expect(text(.intervals, of: state) == "{\n  \"m\": 120\n}")
    }

    @Test(arguments: [
        (DataFile.users, "", "data/users.json: line 1, column 1: expected an array"),
        (.users, "[{\"email\": 3}]", "data/users.json: line 1, column 12: expected a text in quotes"),
        (
            .users, "[\n  {\"email\":\"a\",\"name\":\"\",\"role\":\"boss\"}]",
            "data/users.json: line 2, column 33: expected \"employee\", \"manager\" or \"super_admin\""
        ),
        (
            .users, "[{\"email\":\"a\",\"name\":\"\",\"role\":\"employee\"}]",
            "data/users.json: line 1, column 2: expected a record with the key \"createdAt\""
        ),
        (
            .intervals, "{\"a\": 0}",
            "data/intervals.json: line 1, column 7: expected an interval in whole seconds, 1 or more"
        ),
        (
            .workSessions, "[{\"startedAt\":\"yesterday\"}]",
            "data/work_sessions.json: line 1, column 15: expected an ISO 8601 time"
        ),
        (.uploadsIndex, "[]\nx", "data/index.json: line 2, column 1: expected the end of the text"),
        (
            .organization, "{\"name\": \"\\ud800\"}",
            "data/organization.json: line 1, column 10: expected a text without unpaired surrogates"
        ),
        (
            .credentials, "{\"x\": 1}",
            "data/credentials.json: line 1, column 7: expected \"accounts\" or \"revokedTokens\" as the key"
        ),
    ])
    func aDamagedFileIsNamedWithThePlaceAndWhatWasExpected(file: DataFile, content: String, message: String) throws {
        let error = #expect(throws: DamagedFileError.self) { try state([file: content]) }
        #expect(error?.description == message)
    }

    @Test func anAccountThatStandsTwiceIsDamage() throws {
        func record(_ email: String) -> String {
            #"{"email":"\#(email)","name":"","role":"employee","createdAt":"2026-03-02T08:01:40.007Z"}"#
        }
        let error = #expect(throws: DamagedFileError.self) { try state([.users: "[\(record("a")),\n\(record("A"))]"]) }
        #expect(error?.error.line == 2)
    }

    @Test func aSessionThatStandsTwiceIsDamage() throws {
        let record = """
            {"id":"m-1","employeeId":"m","startedAt":"2026-03-02T08:00:00.000Z","endedAt":null,"isActive":true,\
            "idleSeconds":0,"lastHeartbeatAt":"2026-03-02T08:00:00.000Z","date":"2026-03-02"}
            """
        let twice = #expect(throws: DamagedFileError.self) { try state([.workSessions: "[\(record),\n\(record)]"]) }
        #expect(twice?.error.line == 2)
        let early = record.replacing("\"lastHeartbeatAt\":\"2026", with: "\"lastHeartbeatAt\":\"2025")
        #expect(throws: DamagedFileError.self) { try state([.workSessions: "[\(early)]"]) }
    }

    @Test func credentialsReadBackAsTheyWereWritten() throws {
        var written = TrackerState()
        let id = AccountID(stored: "__proto__")
        written.apply(.credentialSet(id, Credential(verifier: "$scrypt$x", version: 3, mustChangePassword: true)))
        written.apply(.accountRemoved(AccountID(stored: "gone")))
        let expiry = Timestamp(milliseconds: 2000)
        written.apply(.tokenRevoked(id: "t", expiresAt: expiry, at: Timestamp(milliseconds: 1000)))
        let read = try state([.credentials: text(.credentials, of: written)])
        #expect(read.credentials == written.credentials)
        #expect(read.isRevoked(tokenID: "t"))
        #expect(read.bytes(of: .credentials) == written.bytes(of: .credentials))
    }
}
