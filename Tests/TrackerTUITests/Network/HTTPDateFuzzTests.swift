import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// What a server, or whatever is in between, says in a Date header.
@Suite(.ownThread) struct HTTPDateFuzzTests {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    @Test func noDateHeaderEndsTheClientAndWhatIsReadIsWhatWasWritten() throws {
        let fuzz = FuzzRun()
        print("Date headers from seed \(fuzz.seed)")
        var rounds: UInt64 = 0
        while !fuzz.isOver {
            let seed = fuzz.seed &+ rounds
            var generator = SeededGenerator(seed: seed)
            let seconds = Timestamp.earliest.milliseconds / 1000...Timestamp.latest.milliseconds / 1000
            let time = Timestamp(milliseconds: Int64.random(in: seconds, using: &generator) * 1000)
            let header = header(of: time)
            #expect(Timestamp(httpDate: header) == time, "FUZZ_SEED=\(seed): \(header)")
            for _ in 0..<20 {
                let text = damaged(header, using: &generator)
                guard let read = Timestamp(httpDate: text) else { continue }
                #expect((Timestamp.earliest...Timestamp.latest).contains(read), "FUZZ_SEED=\(seed): \(text)")
            }
            rounds += 1
        }
        print("\(rounds) rounds of Date headers from seed \(fuzz.seed)")
        #expect(rounds > 0)
    }

    private func header(of time: Timestamp) -> String {
        let text = time.iso8601
        let (date, clock) = (text.prefix(10).split(separator: "-"), text.dropFirst(11).prefix(8))
        let month = Int(date[1]).map { Self.months[$0 - 1] } ?? ""
        return "Mon, \(date[2]) \(month) \(date[0]) \(clock) GMT"
    }

    private func damaged(_ header: String, using generator: inout SeededGenerator) -> String {
        var bytes = Array(header.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: bytes = Array(bytes[..<place])
            case 1: bytes.insert(UInt8.random(in: .min ... .max, using: &generator), at: place)
            case 2: bytes.insert(contentsOf: bytes[place...], at: place)
            case 3 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            default: bytes.insert(contentsOf: Array(" 99999999999999999999".utf8), at: place)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
