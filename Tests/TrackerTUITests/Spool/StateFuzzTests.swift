import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// What somebody else, or a dying disk, has written into the state folder: whatever it is, the client starts, says what waits,
/// and goes on keeping captures.
@Suite struct StateFuzzTests {
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
        for count in 0..<3 {
            let item = try await first.add(
                png: [UInt8](repeating: 7, count: count), at: WorkInstant(wall: Timestamp(milliseconds: 0)),
                account: eve,
                server: server)
            if count == 1 { try await first.putAside(item.id, reason: "no") }
        }
        for name in ["dropped", "lock"] { try folder.write(damage.record(), to: "1/\(name)") }
        for place in ["pending", "aside"] {
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
        guard status.pending + status.aside >= files - 1, status.bytes >= 0, status.dropped >= 0 else {
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
