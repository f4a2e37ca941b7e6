import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// Days that nobody has thought of, drawn from a generator; `CHAOS_DAYS` says how many, `CHAOS_SEED` where it begins.
@Suite(.serialized, .timeLimit(.minutes(60)))
struct RandomDaysTests {
    @Test func ofRandomDaysEverySecondIsRight() async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["CHAOS_DAYS"].flatMap { UInt64($0) } ?? 10
        let first = environment["CHAOS_SEED"].flatMap { UInt64($0) } ?? 1
        for seed in first..<first + count {
            let (found, story) = try await play(seed: seed)
            print("Day \(seed): \(found)")
            #expect(found.isRight, "seed \(seed): \(found)\n\(story.joined(separator: "\n"))")
        }
    }

    private func play(seed: UInt64) async throws -> (HoursFindings, [String]) {
        var random = SeededGenerator(seed: seed)
        let hour = ["08", "13", "22"].randomElement(using: &random) ?? "08"
        let world = World(at: try #require(Timestamp(iso8601: "2026-03-02T\(hour):00:00.000Z")))
        let server = try WorldServer(world)
        try await server.start()
        let day = try await WorkedDay(world, server, email: "mira@harbour.example")
        try await day.start()
        var story: [String] = []
        while world.second < 2 * 3600 {
            try await day.pass(Int.random(in: 1...900, using: &random))
            let event = Event.allCases.randomElement(using: &random) ?? .cut
            let seconds = [5, 30, 130, 250, 290, 310, 400, 1300].randomElement(using: &random) ?? 60
            story.append("\(world.second): \(event) \(seconds)")
            try await happen(event, seconds, day)
        }
        return (try await day.end(), story)
    }

    private enum Event: CaseIterable {
        case cut, lost, server, sleep, kill, power, away, clock, login, stop, quit, second
    }

    private func happen(_ event: Event, _ seconds: Int, _ day: WorkedDay) async throws {
        switch event {
        case .cut: day.cutLine(seconds)
        case .lost: day.loseAnswers(min(seconds, 130))
        case .server where seconds == 130: try await day.stopServer(seconds)
        case .server: try await day.killServer(seconds)
        case .power:
            day.cutPower()
            day.later(seconds) { try await day.start() }
        case .away: day.goAway(seconds)
        case .clock: day.setClock([-10_800, 600, 691_200, 0][seconds % 4])
        case .login where seconds > 250 && day.server.isUp:
            try await day.resetPassword()
            for computer in day.clients.indices {
                day.later(seconds, at: computer) { await day.typePassword(computer) }
            }
        case .login:
            day.endLogin()
            day.later(seconds, at: 0) { await day.typePassword() }
        case .sleep, .kill, .stop, .quit, .second: if !day.isAsleep(0) { try await happenAwake(event, seconds, day) }
        }
    }

    /// What somebody does, or does to a machine that is awake.
    private func happenAwake(_ event: Event, _ seconds: Int, _ day: WorkedDay) async throws {
        switch event {
        case .sleep: day.sleep(seconds)
        case .kill:
            day.kill()
            day.later(seconds, at: 0) { try await day.start() }
        case .stop where day.rules.isWorking(0):
            await day.stop()
            day.later(seconds, at: 0) { await day.startAgain() }
        case .quit where day.clients[0].isRunning:
            try await day.quit()
            day.later(seconds, at: 0) { try await day.start() }
        case .second where !day.clients[1].isRunning && day.rules.isWorking(0) && day.isReached(0):
            try await day.start(1)
            await day.typePassword(1)
            day.later(seconds + 130, at: 0) {
                await day.startAgain(0)
                try await day.quit(1)
            }
        default: break
        }
    }
}
