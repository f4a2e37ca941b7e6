import JSON
import Shared
import Testing

@testable import TrackerServer

/// Who hears of a correction at once, and what.
@Suite(.timeLimit(.minutes(2)))
struct CorrectionEventTests {
    private static let mira = "Mira@example.org"
    private static let key = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"

    /// The one with ``key``, made at eight o'clock and revoked a minute later.
    private static let revoked =
        #"{"correction":{"id":"\#(key)","employeeId":"\#(mira)","date":"2026-03-02","minutes":30,"#
        + #""reason":"forgot to log in","by":"max@example.org","createdAt":"2026-03-02T08:00:00.000Z","#
        + #""revokedAt":"2026-03-02T08:01:00.000Z","revokedBy":"ada@example.org"}}"#

    private func run(
        _ body: @escaping @Sendable (TestServer, _ mira: Person, _ max: Person, _ ada: Person) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let mira = try await server.employee(Self.mira)
            try await body(server, mira, try await server.manager(), try await server.manager("ada@example.org"))
        }
    }

    @Test func whoFollowsTheEventsHearsOfWhatIsMadeAndRevoked() async throws {
        try await run { server, _, max, ada in
            let follower = try await EventFollower(server, as: ada)
            let made = try await server.correct("mira@example.org", as: max, key: Self.key)
            made.expect(201)
            #expect(made.text.contains(#""employeeId":"\#(Self.mira)""#))
            #expect(try await follower.line() == "correction \(made.text)")
            server.clock.advance(seconds: 60)
            try await server.revoke(Self.key, as: ada).expect(204)
            #expect(try await follower.line() == "correction \(Self.revoked)")
        }
    }

    @Test func whatIsRepeatedOrRefusedIsNotTold() async throws {
        try await run { server, _, max, ada in
            let follower = try await EventFollower(server, as: ada)
            try await server.correct(Self.mira, as: max, key: Self.key).expect(201)
            #expect(try await follower.line().contains(#""revokedAt":null"#))
            try await server.correct(Self.mira, as: ada, key: Self.key).expect(200)
            try await server.correct(Self.mira, minutes: 1440, as: max).expectError(409, "conflict")
            try await server.correct("nobody", as: max).expectError(404, "not_found")
            server.clock.advance(seconds: 60)
            for _ in 0..<2 { try await server.revoke(Self.key, as: ada).expect(204) }
            #expect(try await follower.line() == "correction \(Self.revoked)")
            try await server.post(APIPath.organization, #"{"name":"Harbour"}"#, as: max).expect(200)
            #expect(try await follower.line().hasPrefix("organization "))
        }
    }

    @Test func allClientsOfTheEmployeeHearOfItAndNobodyElses() async throws {
        try await run { server, mira, max, ada in
            let zoe = try await server.employee("zoe")
            let own = [
                try await PollingSocket.join(server, as: mira), try await PollingSocket.join(server, as: mira),
            ]
            let other = try await PollingSocket.join(server, as: zoe)
            let manager = try await PollingSocket.join(server, as: ada)
            _ = try await manager.event(LiveEventName.presenceList)
            let made = try await server.correct("MIRA@example.org", as: max, key: Self.key)
            made.expect(201)
            for socket in own { #expect(try await socket.event(LiveEventName.workCorrection) == made.json) }
            server.clock.advance(seconds: 60)
            try await server.revoke(Self.key, as: ada).expect(204)
            let revoked = try JSONReader.value(of: Array(Self.revoked.utf8))
            for socket in own { #expect(try await socket.event(LiveEventName.workCorrection) == revoked) }
            // What comes next is the first that the others hear.
            for id in [Self.mira, "zoe"] {
                try await server.post(
                    APIPath.captureInterval, #"{"employeeId":"\#(id)","intervalMinutes":5}"#, as: max
                ).expect(200)
            }
            for socket in own + [other] { _ = try await socket.event(LiveEventName.intervalAssigned) }
            try await server.post(APIPath.logout, as: zoe).expect(204)
            _ = try await manager.event(LiveEventName.presenceOffline)
        }
    }

    @Test func whatIsRepeatedOrRefusedIsNotPushed() async throws {
        try await run { server, mira, max, ada in
            let socket = try await PollingSocket.join(server, as: mira)
            try await server.correct(Self.mira, as: max, key: Self.key).expect(201)
            _ = try await socket.event(LiveEventName.workCorrection)
            try await server.correct(Self.mira, as: ada, key: Self.key).expect(200)
            try await server.correct(Self.mira, minutes: 1440, as: max).expectError(409, "conflict")
            server.clock.advance(seconds: 60)
            for _ in 0..<2 { try await server.revoke(Self.key, as: ada).expect(204) }
            let told = try await socket.event(LiveEventName.workCorrection)
            #expect(try CorrectionResponse(json: told).correction.revokedBy == ada.email)
            try await server.post(
                APIPath.captureInterval, #"{"employeeId":"\#(Self.mira)","intervalMinutes":5}"#, as: max
            ).expect(200)
            _ = try await socket.event(LiveEventName.intervalAssigned)
        }
    }
}
