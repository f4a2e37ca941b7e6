import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

struct ClientStateTests {
    private let folder: TemporaryFolder
    private let state: ClientState
    private let eve: Account

    init() throws {
        folder = try TemporaryFolder()
        state = ClientState(directory: folder.path)
        eve = Account(
            id: try #require(AccountID("eve")), server: try #require(BackendURL("http://localhost:4000")))
    }

    @Test func aFolderHasOneClientID() async throws {
        let id = try await state.clientID()
        #expect(try await ClientState(directory: folder.path).clientID() == id)
        #expect(try folder.permissions(of: "client") == 0o600)
    }

    @Test func whoHasNotLoggedOutIsKnownToTheNextRun() async throws {
        var login = KeptLogin(
            account: eve, token: "t", expiresAt: Times.wallZero, interval: 120,
            clock: .init(bootID: UUID(), offset: 5...1005, difference: -600_000))
        try await state.keep(login: login)
        #expect(try await ClientState(directory: folder.path).login() == login)
        #expect(try folder.permissions(of: "login.json") == 0o600)
        login.interval = nil
        login.clock = nil
        try await state.keep(login: login)
        #expect(try await state.login() == login)
        try await state.keep(login: nil)
        #expect(try await state.login() == nil)
        #expect(try folder.names().contains("login.json") == false)
    }

    @Test func whatServersKnowThisClientByIsKeptForEachAccountAndServer() async throws {
        let other = try #require(BackendURL("https://tracker.example.org"))
        let cookie = "tracker_device=00.ff"
        #expect(try await state.device(of: eve.id, server: eve.server) == nil)
        try await state.keep(device: cookie, of: eve.id, server: eve.server)
        try await state.keep(device: "__Host-tracker_device=22", of: eve.id, server: other)
        let again = ClientState(directory: folder.path)
        #expect(try await again.device(of: AccountID(stored: "EVE"), server: eve.server) == cookie)
        #expect(try await again.device(of: eve.id, server: other) == "__Host-tracker_device=22")
        #expect(try folder.permissions(of: "devices.json") == 0o600)
        // A login that ends, or begins anew, leaves it.
        try await state.keep(login: nil)
        try await state.keep(device: "tracker_device=33", of: eve.id, server: eve.server)
        #expect(try await state.device(of: eve.id, server: eve.server) == "tracker_device=33")
        for number in 0..<ClientState.mostDevices {
            try await state.keep(device: cookie, of: AccountID(stored: "a\(number)"), server: eve.server)
        }
        #expect(try await state.device(of: eve.id, server: eve.server) == nil)
        try folder.write("{", to: "devices.json")
        #expect(try await state.device(of: eve.id, server: eve.server) == nil)
    }

    @Test func workEndsWhereItsClientWasSeenLast() async throws {
        let work = KeptWork(
            stretches: [Times.stretch(0, 10), Times.stretch(60, 70, idle: 3, told: 59)], hasSession: true,
            owedIdle: 77)
        try await state.keep(work: work, of: eve)
        let found = try #require(try await ClientState(directory: folder.path).work())
        #expect(found.0 == work)
        #expect(found.1 == SpoolOwner(account: eve.id, server: eve.server.text))
        for second in [71, 72, 76] { try await state.beat(at: Times.at(Double(second)), idleSeconds: second - 62) }
        let later = try #require(try await ClientState(directory: folder.path).work()).0
        #expect(later.stretches.map(\.text) == ["0...10 idle 0", "59...76 idle 14"])
        try await state.beat(at: Times.at(78), idleSeconds: 500)
        #expect(try await state.work()?.0.stretches.last?.text == "59...78 idle 18", "no longer than the stretch")
        var earlier = Times.at(500)
        earlier.bootID = UUID()
        try await state.beat(at: earlier, idleSeconds: 9)
        #expect(try await state.work()?.0 == work, "that was before the machine started again")
        let owed = KeptWork(stretches: [], hasSession: false, owedIdle: 12)
        try await state.keep(work: owed, of: eve)
        #expect(try await state.work()?.0 == owed)
        for (told, kept) in [(Int.max, 86_400), (-1, 0)] {
            var other = work
            other.owedIdle = told
            try await state.keep(work: other, of: eve)
            other.owedIdle = kept
            #expect(try await state.work()?.0 == other, "the work beside it is not lost")
        }
        try await state.keep(work: nil, of: eve)
        #expect(try await state.work() == nil)
    }

    @Test(arguments: [
        "", "{", "[]", #"{"account":"eve","server":"http://localhost:4000","stretches":[{"start":1,"end":2}]}"#,
        #"{"account":"eve","server":"x","token":"t","expiresAt":"2026-03-02T08:00:00Z","clock":{"offsetFrom":9223372036854775807}}"#,
        String(repeating: "9", count: 100_000),
    ])
    func whatIsDamagedCountsAsMissing(text: String) async throws {
        for name in ["client", "login.json", "work.json", "alive"] { try folder.write(text, to: name) }
        #expect(try await state.login() == nil)
        #expect(try await state.work() == nil)
    }
}
