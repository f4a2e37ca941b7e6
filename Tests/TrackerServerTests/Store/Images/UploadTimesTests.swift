import Shared
import Testing

@testable import TrackerServer

struct UploadTimesTests {
    private let times = UploadTimes()

    private func next(_ part: String, at milliseconds: Int64) -> Int64 {
        times.next(for: part, at: Timestamp(milliseconds: milliseconds)).milliseconds
    }

    @Test func theTimeMovesOnForTheSameNameAlone() {
        #expect([5, 5, 6, 5].map { next("a", at: $0) } == [5, 6, 7, 8])
        #expect(next("b", at: 5) == 5)
        #expect(next("a", at: 8) == 9)
    }

    @Test func afterAPauseAndAfterTheClockWasSetBackTheClockCounts() {
        #expect([5, 5, 7, 3, 3].map { next("a", at: $0) } == [5, 6, 7, 3, 4])
    }

    @Test func whatIsStillAheadIsNotForgottenAmongMany() {
        #expect([1, 1, 1].map { next("a", at: $0) } == [1, 2, 3])
        for number in 0..<1000 { #expect(next("\(number)", at: 2) == 2) }
        #expect(next("a", at: 2) == 4)
    }
}
