import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// A real client and a real server on a clock that the test lets pass: what the server has in the end is what was worked.
@Suite(.serialized, .timeLimit(.minutes(30)))
struct ChaosDayTests {
    private func day(at start: String = "2026-03-02T08:00:00.000Z", _ email: String = "mira@harbour.example")
        async throws
        -> WorkedDay
    {
        let world = World(at: try #require(Timestamp(iso8601: start)))
        let server = try WorldServer(world)
        try await server.start()
        return try await WorkedDay(world, server, email: email)
    }

    @Test func aQuietHourIsExactToTheSecond() async throws {
        let day = try await day()
        try await day.start()
        try await day.pass(3600)
        let found = try await day.end()
        #expect(found.missing == 0 && found.absent == 0 && found.twice == 0, "\(found)")
        #expect(found.idle == 0 && found.areCapturesRight && found.captures == 7, "\(found)")
    }

    @Test(arguments: [true, false])
    func aServerThatIsAwayForFourHundredSecondsCostsNobodyASecond(isKilled: Bool) async throws {
        let day = try await day()
        try await day.start()
        try await day.pass(114)
        if isKilled { try await day.killServer(400) } else { try await day.stopServer(400) }
        try await day.pass(900)
        let found = try await day.end()
        #expect(found.missing == 0 && found.absent == 0 && found.twice == 0, "\(found)")
        #expect(found.areCapturesRight, "\(found)")
    }

    /// A session that nobody has stopped goes on where somebody works, not where nobody does.
    @Test func aComputerThatIsSwitchedOffAddsNothingToTheNextOne() async throws {
        let day = try await day()
        try await day.start()
        try await day.pass(610)
        day.kill()
        try await day.pass(150)
        try await day.start(1)
        try await day.pass(600)
        let found = try await day.end()
        #expect(found.missing <= 1000 && abs(found.netError) <= 5 && found.twice == 0, "\(found)")
    }

    @Test func everythingThatCanHappenInEightHoursIsCountedRight() async throws {
        let day = try await day()
        try await day.start()
        try await day.pass(1800)
        for cut in [60, 240, 1200] {
            day.cutLine(cut)
            try await day.pass(cut + 600)
        }
        try await day.killServer(400)
        try await day.pass(900)
        day.goAway(900)
        try await day.pass(1200)
        // One that the session outlives, and one that it doesn't.
        day.sleep(120)
        try await day.pass(600)
        day.sleep(1800)
        try await day.pass(2400)
        day.setClock(600)
        try await day.pass(300)
        day.setClock(-3 * 3600)
        try await day.pass(300)
        // Token over; the second password is typed wrongly.
        day.endLogin()
        try await day.pass(300)
        await day.clients[0].type("no password of hers")
        try await day.pass(420)
        await day.typePassword()
        try await day.pass(300)
        day.kill()
        try await day.pass(150)
        try await day.start()
        try await day.pass(600)
        day.kill()
        try await day.pass(1200)
        try await day.start()
        try await day.pass(300)
        // A second computer, and back.
        try await day.start(1)
        try await day.pass(1500)
        await day.startAgain(0)
        try await day.pass(300)
        try await day.quit(1)
        day.setClock(8 * 86_400)
        day.cutLine(12_000)
        try await day.pass(12_600)
        try await day.resetPassword()
        try await day.pass(600)
        await day.typePassword()
        try await day.pass(300)
        await day.stop()
        try await day.pass(600)
        await day.startAgain()
        try await day.pass(300)
        let found = try await day.end()
        print("The chaos day: \(found)")
        #expect(found.workedSeconds > 6 * 3600)
        #expect(found.isRight && found.absent == 0, "\(found)")
    }
}
