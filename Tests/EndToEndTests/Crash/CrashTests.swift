import Foundation
import JSON
import TestSupport
import Testing

/// `kill -9` at any instant loses nothing that was acknowledged. `make crash` runs this for hundreds of rounds.
@Suite struct CrashTests {
    /// Every so many rounds the server is stopped cleanly instead.
    private static let cleanEvery = 5

    @Test func nothingThatWasAcknowledgedIsLost() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["CRASH_ROUNDS"].flatMap { Int($0) } ?? 6
        let seed = environment["CRASH_SEED"].flatMap { UInt64($0) } ?? 1
        let isLong = environment["CRASH_ROUNDS"] != nil
        if isLong { Self.say("crash: \(rounds) rounds with seed \(seed)") }
        try await CrashRun.with(seed: seed) { run in
            var round = 0
            while round < rounds, run.ledger.with({ $0.losses }).isEmpty {
                round += 1
                try await run.playRound(isClean: round % Self.cleanEvery == 0, isThorough: round == rounds)
                if isLong, round % 25 == 0 { Self.say("crash: round \(round)") }
            }
            await run.stop()
            let ledger = run.ledger.with { $0 }
            for loss in ledger.losses { Issue.record("seed \(seed): \(loss)") }
            #expect(ledger.acknowledgedCount > 0)
            Self.say("rounds \(round), acknowledged writes \(ledger.acknowledgedCount), lost = \(ledger.losses.count)")
        }
    }

    /// Keys included: an image whose key was lost could not be shown.
    @Test func encryptedImagesOutliveKills() async throws {
        try await CrashRun.with(seed: 3, isEncrypted: true) { run in
            for round in 1...6 { try await run.playRound(isClean: round == 4, isThorough: round >= 4) }
            await run.stop()
            let ledger = run.ledger.with { $0 }
            #expect(ledger.losses == [])
            let files = try run.folder.names(in: "uploads").filter { $0.hasSuffix(".png") }
            #expect(!files.isEmpty)
            for file in files {
                #expect(try run.folder.bytes(of: "uploads/" + file).starts(with: Array("TTIMAGE".utf8)))
            }
        }
    }

    /// The harness itself can see a loss, through the whole of a round.
    @Test func aSessionThatIsTakenOutOfTheFileIsReported() async throws {
        try await CrashRun.with(seed: 2) { run in
            try await run.playRound(isClean: false)
            #expect(run.ledger.with { $0.losses } == [])
            var taken: String?
            // On a busy machine a round may end before anybody has started to work.
            for _ in 0..<20 where taken == nil {
                try await run.playRound(isClean: true) { folder in
                    let name = "data/work_sessions.json"
                    let value = try JSONSerialization.jsonObject(with: Data(try folder.bytes(of: name)))
                    var sessions = try #require(value as? [[String: Any]])
                    taken = sessions.popLast()?["id"] as? String
                    try folder.write(Array(try JSONSerialization.data(withJSONObject: sessions)), to: name)
                }
            }
            let id = try #require(taken)
            let losses = run.ledger.with { $0.losses }
            #expect(
                losses.contains { loss in
                    if case .item(.session(id), _, found: nil, _) = loss { true } else { false }
                })
            await run.stop()
        }
    }

    /// At once, also where output goes into a pipe.
    private static func say(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }
}
