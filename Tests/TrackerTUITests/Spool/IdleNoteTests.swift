import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

struct IdleNoteTests {
    private let folder: TemporaryFolder
    private let eve: AccountID
    private let note: IdleNote
    private let server = "http://localhost:4000"

    init() throws {
        folder = try TemporaryFolder()
        eve = try #require(AccountID("eve"))
        note = IdleNote(path: folder.path + "/idle.json")
    }

    @Test func whatWasKeptIsForTheSameAccountOnTheSameServer() async throws {
        #expect(try await note.seconds(account: eve, server: server) == 0)
        try await note.keep(seconds: 31, account: eve, server: server)
        #expect(try await note.seconds(account: #require(AccountID("EVE")), server: server) == 31)
        #expect(try await note.seconds(account: #require(AccountID("bob")), server: server) == 0)
        #expect(try await note.seconds(account: eve, server: "http://elsewhere") == 0)
    }

    @Test func aDamagedNoteIsNoIdleTime() async throws {
        for text in ["", "{", "[]", #"{"account":"eve","server":"http://localhost:4000","idleSeconds":-5}"#] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.path + "/idle.json"))
            #expect(try await note.seconds(account: eve, server: server) == 0)
        }
    }
}
