import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct UploadQuotaTests {
    private let start = Timestamp(milliseconds: 1_772_438_400_000)
    private let eva = AccountID(stored: "eva")

    @Test func soManyImagesAreTakenWithinAnHourAndNoMore() {
        var quota = UploadQuota(.init(images: 3, bytes: nil))
        for minute in [0, 10, 20] {
            #expect(quota.begin(eva, bytes: 1 << 30, at: start.adding(seconds: minute * 60)) == nil)
        }
        let now = start.adding(seconds: 30 * 60)
        #expect(quota.begin(eva, bytes: 1, at: now) == 1800)
        #expect(quota.begin(AccountID(stored: "EVA"), bytes: 1, at: now) == 1800)
        #expect(quota.begin(AccountID(stored: "bob"), bytes: 1, at: now) == nil)
        #expect(quota.begin(eva, bytes: 1, at: start.adding(seconds: 3599)) == 1)
        #expect(quota.begin(eva, bytes: 1, at: start.adding(seconds: 3600)) == nil)
        #expect(quota.begin(eva, bytes: 1, at: start.adding(seconds: 3600)) == 600)
    }

    @Test func soManyBytesAreTakenWithinAnHourAndNoMore() {
        var quota = UploadQuota(.init(images: nil, bytes: 1000))
        #expect(quota.begin(eva, bytes: 600, at: start) == nil)
        #expect(quota.begin(eva, bytes: 300, at: start.adding(seconds: 600)) == nil)
        #expect(quota.begin(eva, bytes: 101, at: start.adding(seconds: 1200)) == 2400)
        #expect(quota.begin(eva, bytes: 100, at: start.adding(seconds: 1200)) == nil)
        #expect(quota.begin(eva, bytes: 700, at: start.adding(seconds: 1200)) == 3000)
    }

    @Test func anImageLargerThanAnHoursBytesIsTakenWhenThereWasNone() {
        var quota = UploadQuota(.init(images: nil, bytes: 1000))
        #expect(quota.begin(eva, bytes: 5000, at: start) == nil)
        #expect(quota.begin(eva, bytes: 1, at: start) == 3600)
        quota.end(eva, announced: 5000, stored: 5000, begun: start)
        #expect(quota.begin(eva, bytes: 5000, at: start.adding(seconds: 3600)) == nil)
    }

    @Test func whatWasCountedInVainIsTakenBack() {
        var quota = UploadQuota(.init(images: 2, bytes: 1000))
        #expect(quota.begin(eva, bytes: 900, at: start) == nil)
        #expect(quota.begin(eva, bytes: 900, at: start) != nil)
        quota.end(eva, announced: 900, stored: 100, begun: start)
        #expect(quota.begin(eva, bytes: 900, at: start.adding(seconds: 61)) == nil)
        quota.end(eva, announced: 900, stored: nil, begun: start.adding(seconds: 61))
        #expect(quota.begin(eva, bytes: 900, at: start.adding(seconds: 61)) == nil)
        // Its minute may be over for long.
        quota.end(eva, announced: 900, stored: nil, begun: start.adding(seconds: -9000))
        #expect(quota.begin(eva, bytes: 1, at: start.adding(seconds: 61)) == 3539)
    }

    @Test func withoutLimitsEverythingIsTaken() {
        var quota = UploadQuota(.init(images: nil, bytes: nil))
        for _ in 0..<10_000 { #expect(quota.begin(eva, bytes: .max / 4, at: start) == nil) }
    }

    /// The shortest interval with the largest images, and beside it a client that was offline until its queue was full.
    @Test func theDefaultsLeaveRoomForTheBusiestHourAndAFullQueue() throws {
        let limits = try FloodLimits(try Settings(environment: [:])).uploads
        let (perHour, largest, queue) = (30, 10_485_760, 536_870_912)
        #expect(try #require(limits.bytes) >= perHour * largest + queue)
        let daysOfCaptures = 7 * 24 * perHour
        #expect(try #require(limits.images) >= daysOfCaptures + perHour)
    }

    /// However the images are spread: in no hour of whole minutes is more taken than allowed.
    @Test func noHourHasMoreThanIsAllowed() {
        var generator = SeededGenerator(seed: 18)
        var quota = UploadQuota(.init(images: 20, bytes: 5000))
        var taken: [(second: Int, bytes: Int)] = []
        var second = 0
        for _ in 0..<3000 {
            second += Int.random(in: 0..<300, using: &generator)
            let bytes = Int.random(in: 1...800, using: &generator)
            let now = start.adding(seconds: second)
            let wait = quota.begin(eva, bytes: bytes, at: now)
            if wait == nil { taken.append((second, bytes)) }
            let recent = taken.filter { $0.second / 60 > second / 60 - 60 }
            #expect(recent.count <= 20 && recent.reduce(0) { $0 + $1.bytes } <= 5000)
            if let wait { #expect((1...3600).contains(wait)) }
        }
    }
}
