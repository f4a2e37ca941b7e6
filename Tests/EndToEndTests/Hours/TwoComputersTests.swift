import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// One person at two computers, each with a real client: the newest start tracks, and whoever tracked before hears of it.
@Suite(.timeLimit(.minutes(5)))
struct TwoComputersTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    @Test func theEarlierClientHearsAtOnceAndCapturesNothingMore() async throws {
        let world = World(at: try #require(Timestamp(iso8601: "2026-03-02T08:00:00.000Z")))
        let server = try WorldServer(world)
        try await server.start()
        let day = try await WorkedDay(world, server, email: mira, hasLiveConnections: true)
        let (desk, laptop) = (day.clients[0], day.clients[1])
        try await day.start(0)
        await desk.listen { $0.link.state == .up }
        try await day.pass(700)

        // No second passes until the desk has heard: it has asked for nothing meanwhile.
        try await day.start(1)
        #expect(desk.tracking?.phase == .elsewhere(.init(host: HostName.own, since: world.now)))
        await laptop.listen { $0.link.state == .up }
        let captures = desk.captured
        try await day.pass(1500)
        #expect(desk.captured == captures && captures.count == 2)
        #expect(laptop.captured.count == 3)

        // A key takes over again, and the one who tracked until then ends nothing by leaving.
        await day.startAgain(0)
        #expect(laptop.tracking?.phase.isElsewhere == true)
        try await day.pass(30)
        try await day.quit(1)
        try await expectWork(of: desk, day)

        // So it is the other way round.
        try await day.start(1)
        #expect(desk.tracking?.phase.isElsewhere == true)
        await laptop.listen { $0.link.state == .up }
        try await day.pass(30)
        try await day.quit(0)
        try await expectWork(of: laptop, day)

        try await day.quit(1)
        #expect(try server.sessions(of: mira).allSatisfy { !$0.isActive })
        let found = try await day.end()
        #expect(found.missing == 0 && found.absent == 0 && found.twice == 0 && found.idle == 0, "\(found)")
        #expect(found.areCapturesRight, "\(found)")
    }

    /// The session that the server has open is gone on with by this client.
    private func expectWork(
        of client: WorldClient, _ day: WorkedDay, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let open = try day.server.sessions(of: mira).last
        #expect(open?.isActive == true, sourceLocation: sourceLocation)
        try await day.pass(300)
        #expect(client.tracking?.isTracking == true, sourceLocation: sourceLocation)
        let later = try day.server.sessions(of: mira).last
        #expect(later?.id == open?.id && later?.isActive == true, sourceLocation: sourceLocation)
        let beat = try #require(later).lastHeartbeatAt
        #expect(day.world.now - beat <= 60_000, sourceLocation: sourceLocation)
    }

    /// No client beats while this lasts, so what their screens say was pushed.
    @Test func twoTerminalsSayWhichOfThemTracks() async throws {
        let server = try await LiveServer.start(["SESSION_TIMEOUT_SECONDS": "3600"])
        try await server.hire(mira, password: password)
        let display = try await VirtualDisplay.start(width: 320, height: 200)
        let desk = try await terminal("desk", server, display, width: 80, height: 24)
        try await desk.signIn(mira, password)
        try await desk.wait(for: "Delivered.")
        let laptop = try await terminal("laptop", server, display, width: 40, height: 12)
        try await laptop.signIn(mira, password)
        try await laptop.wait(for: "TRACKING")
        try await expectElsewhere(desk)
        try await desk.resize(width: 40, height: 12)
        try await expectElsewhere(desk)

        try await desk.press("s")
        try await desk.wait(for: "TRACKING")
        try await expectElsewhere(laptop)
        kill(try await laptop.processID(), SIGTERM)
        try await laptop.waitForEnd()
        #expect(try server.sessions().last?.isActive == true)
        #expect(try await desk.screen().contains("TRACKING"))

        // Who has not logged out tracks as soon as the client is there.
        let again = try await terminal("laptop", server, display, width: 80, height: 24)
        try await again.wait(for: "TRACKING")
        try await expectElsewhere(desk)
        try await desk.press("q")
        try await desk.waitForEnd()
        #expect(try server.sessions().last?.isActive == true)
        try await again.press("q")
        try await again.waitForEnd()
        #expect(try server.sessions().allSatisfy { !$0.isActive })
        #expect(await server.stop() == 0)
    }

    private func terminal(
        _ name: String, _ server: LiveServer, _ display: VirtualDisplay, width: Int, height: Int
    ) async throws -> TmuxTerminal {
        var environment = server.clientEnvironment(display: display, ["HEARTBEAT_INTERVAL_SECONDS": "1000"])
        environment["TRACKER_STATE_DIR"] = "\(server.folder.path)/\(name)"
        return try await TmuxTerminal.start([Program.client], environment: environment, width: width, height: height)
    }

    private func expectElsewhere(_ terminal: TmuxTerminal) async throws {
        let host = try #require(HostName.own)
        let screen = try await terminal.wait(for: "where is tracked") { screen in
            screen.contains("TRACKED ELSEWHERE") && screen.contains("at \(host) since")
        }
        #expect(!screen.contains("TRACKING since") && !screen.contains(/Next capture +in \d/))
    }
}
