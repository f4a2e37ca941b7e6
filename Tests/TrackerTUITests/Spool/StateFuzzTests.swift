import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// What somebody else, or a dying disk, has written into the state folder: whatever it is, the client starts, says what waits,
/// and goes on keeping captures.
@Suite(.ownThread) struct StateFuzzTests {
    private let eve = AccountID(stored: "eve")
    private let server = "http://localhost:4000"

    @Test func noBytesInTheStateFolderKeepTheClientFromStarting() async throws {
        let fuzz = FuzzRun()
        var rounds: UInt64 = 0
        while !fuzz.isOver {
            let seed = fuzz.seed &+ rounds
            let finding = try await play(seed)
            try #require(finding == nil, "FUZZ_SEED=\(seed): \(finding ?? "")")
            rounds += 1
        }
        print("\(rounds) rounds of state files from seed \(fuzz.seed)")
        #expect(rounds > 0)
    }

    /// - Returns: what went wrong.
    private func play(_ seed: UInt64) async throws -> String? {
        var damage = Damage(seed: seed)
        let folder = try TemporaryFolder()
        let first = try await Spool.open(directory: folder.path + "/1")
        let hasKey = damage.isChosen()
        if hasKey {
            let key = QueueKeyResponse(key: (0..<32).map { UInt8(truncatingIfNeeded: seed >> ($0 % 8 * 8)) })
            try await first.keep(key, of: SpoolOwner(account: eve, server: server))
        }
        for count in 0..<3 {
            let item = try await first.add(
                png: [UInt8](repeating: 7, count: count), at: WorkInstant(wall: Timestamp(milliseconds: 0)),
                account: eve,
                server: server)
            if count == 1 { try await first.putAside(item.id, reason: "no") }
        }
        for name in ["dropped", "lock"] { try folder.write(damage.record(), to: "1/\(name)") }
        for place in hasKey ? ["pending", "aside", "keys"] : ["pending", "aside"] {
            for name in try folder.names(in: "1/\(place)") where damage.isChosen() {
                try folder.write(damage.bytes(of: try folder.bytes(of: "1/\(place)/\(name)")), to: "1/\(place)/\(name)")
            }
            if damage.isChosen() { try folder.write(damage.record(), to: "1/\(place)/\(damage.name())") }
        }
        // Under another name, for the first one still holds its folder.
        try FileManager.default.copyItem(atPath: folder.path + "/1", toPath: folder.path + "/2")
        let files = try ["pending", "aside"].flatMap { try folder.names(in: "2/\($0)") }.count {
            !$0.hasSuffix(".reason")
        }
        let spool = try await Spool.open(directory: folder.path + "/2", limit: damage.isChosen() ? 600 : 1 << 20)
        let status = await spool.status
        guard status.pending + status.locked + status.aside >= files - 1, status.bytes >= 0, status.dropped >= 0 else {
            return "\(status) of \(files) files"
        }
        var kept: SpoolItem?
        for _ in 0..<3 {
            kept = try await spool.add(
                png: [1, 2], at: WorkInstant(wall: Timestamp(milliseconds: 1)), account: eve, server: server)
        }
        let image = try await spool.image(of: try #require(kept).id)
        return image == [1, 2] ? nil : "\(image)"
    }

    @Test func noBytesOfAnEarlierRunEndTheNextOne() async throws {
        let fuzz = FuzzRun()
        print("An earlier run's files from seed \(fuzz.seed)")
        var rounds: UInt64 = 0
        while !fuzz.isOver {
            let seed = fuzz.seed &+ rounds
            let finding = try await resume(seed)
            try #require(finding == nil, "FUZZ_SEED=\(seed): \(finding ?? "")")
            rounds += 1
        }
        print("\(rounds) rounds of an earlier run's files from seed \(fuzz.seed)")
        #expect(rounds > 0)
    }

    /// The next run reads what the last one has left, works with it, and draws it.
    ///
    /// - Returns: what went wrong.
    private func resume(_ seed: UInt64) async throws -> String? {
        var damage = Damage(seed: seed)
        let folder = try TemporaryFolder()
        let last = ClientState(directory: folder.path)
        let account = Account(id: eve, server: try #require(BackendURL(server)))
        let login = KeptLogin(
            account: account, token: "t", expiresAt: Times.wallZero, interval: 120,
            clock: .init(bootID: Moment.thisBoot, offset: 5...1005, difference: -600_000))
        let work = KeptWork(
            stretches: [Times.stretch(0, 10), Times.stretch(60, 70, idle: 3, told: 59)], hasSession: damage.isChosen(),
            owedIdle: 77)
        _ = try await last.clientID()
        try await last.keep(login: login)
        try await last.keep(work: work, of: account)
        try await last.beat(at: Times.at(75), idleSeconds: 4)
        let damaged = ["client", "login.json", "work.json", "alive"].filter { _ in damage.isChosen() }
        for name in damaged { try folder.write(damage.edited(try folder.bytes(of: name)), to: name) }

        let next = ClientState(directory: folder.path)
        _ = try await next.clientID()
        let (found, kept) = (try await next.login(), try await next.work()?.0)
        if !damaged.contains("login.json"), found != login { return "\(String(describing: found))" }
        if !damaged.contains("work.json"), kept?.stretches.count != 2 { return "\(String(describing: kept))" }
        guard let found else { return nil }
        var model = AppModel(
            options: .init(server: server, login: found), at: Times.at(100), jitter: { 0 })
        _ = model.start(at: Times.at(100))
        let signIn = AppEvent.SignIn.eve { ($0.isKept, $0.interval, $0.work) = (true, found.interval, kept) }
        _ = model.handle(.loginAnswered(attempt: model.login.attempt, .success(signIn)), at: Times.at(100))
        let number = model.tracking.inFlight?.number ?? 0
        _ = model.handle(.workAnswered(number: number, .failure(.unreachable("No answer."))), at: Times.at(101))
        let captures = (102..<112).flatMap { model.handle(.tick, at: Times.at(Double($0))) }
            .count { if case .capture = $0 { true } else { false } }
        _ = Screens.picture(of: model, glyphs: .unicode)
        return captures <= 1 ? nil : "\(captures) captures in ten seconds"
    }
}

/// Mistakes in files.
private struct Damage {
    private var generator: SeededGenerator

    private static let values = [
        "0", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e999", "0.5", "null",
        "true", "\"x\"", "[]", "{}", "\"\\u0000\"", "\"pending/\"", "[\"pending/.\",\"aside/..\",\"aside/\\u0000\",7]",
    ]
    private static let keys = ["count", "files", "idleSeconds", "imageBytes", "id", "capturedAt", "account", "server"]

    init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    mutating func isChosen() -> Bool { Bool.random(using: &generator) }

    private mutating func one<Element>(of all: [Element], else other: Element) -> Element {
        all.randomElement(using: &generator) ?? other
    }

    /// A name that the spool could have given, with any number.
    mutating func name() -> String {
        let number = one(
            of: ["9223372036854775807", "9223372036854775808", "999999999999", "1000000000000", "-1", "x"], else: "")
        return "\(number)-00000000-0000-0000-0000-00000000000A.capture"
    }

    /// JSON of what the client's records say, with values of every kind, or no JSON.
    mutating func record() -> [UInt8] {
        var members = ["\"account\":\"eve\"", "\"server\":\"http://localhost:4000\""]
        for _ in 0..<3 { members.append("\"\(one(of: Self.keys, else: ""))\":\(one(of: Self.values, else: "0"))") }
        return bytes(of: Array("{\(members.joined(separator: ","))}\n".utf8))
    }

    /// With another value in it, or as ``bytes(of:)``.
    mutating func edited(_ original: [UInt8]) -> [UInt8] {
        let starts = original.indices.filter { original[$0] == UInt8(ascii: ":") || original[$0] == UInt8(ascii: " ") }
        guard isChosen(), let start = starts.randomElement(using: &generator) else { return bytes(of: original) }
        let ends = Set(",}]\n".utf8)
        let end = original[(start + 1)...].firstIndex { ends.contains($0) } ?? original.endIndex
        return original[...start] + Array(one(of: Self.values, else: "0").utf8) + original[end...]
    }

    /// As they are, cut, longer, or with other bytes in them.
    mutating func bytes(of original: [UInt8]) -> [UInt8] {
        var bytes = original
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<5, using: &generator) {
        case 0: bytes = Array(bytes[..<place])
        case 1: bytes.insert(contentsOf: Array(one(of: Self.values, else: "").utf8), at: place)
        case 2 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
        case 3: bytes = (0..<place).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        default: break
        }
        return bytes
    }
}
