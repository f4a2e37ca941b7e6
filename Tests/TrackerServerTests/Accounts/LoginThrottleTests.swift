import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct LoginThrottleTests {
    private let start = Timestamp(milliseconds: 1_000_000)
    private let mira = AccountID(stored: "mira")

    @Test func tenFailuresStopAnAccountFromEverywhereAndNoOther() {
        var throttle = LoginThrottle()
        for attempt in 0..<10 {
            let now = start.adding(seconds: attempt)
            #expect(throttle.retryAfter(account: mira, address: "a\(attempt)", at: now) == nil)
            throttle.noteFailure(account: mira, address: "a\(attempt)", at: now)
        }
        let now = start.adding(seconds: 10)
        #expect(throttle.retryAfter(account: AccountID(stored: "MIRA"), address: "z", at: now) == 890)
        #expect(throttle.retryAfter(account: AccountID(stored: "bob"), address: "z", at: now) == nil)
        #expect(throttle.retryAfter(account: mira, address: "z", at: start.adding(seconds: 899)) == 1)
        #expect(throttle.retryAfter(account: mira, address: "z", at: start.adding(seconds: 900)) == nil)
    }

    @Test func fiftyFailuresStopAnAddressForEveryAccount() {
        var throttle = LoginThrottle()
        for attempt in 0..<50 {
            #expect(throttle.retryAfter(account: mira, address: "a", at: start) == nil)
            throttle.noteFailure(account: AccountID(stored: "guess\(attempt)"), address: "a", at: start)
        }
        #expect(throttle.retryAfter(account: mira, address: "a", at: start) == 900)
        #expect(throttle.retryAfter(account: mira, address: "b", at: start) == nil)
    }

    @Test func theWindowSlides() {
        var throttle = LoginThrottle()
        for attempt in 0..<10 {
            throttle.noteFailure(account: mira, address: "a", at: start.adding(seconds: attempt * 60))
        }
        let free = start.adding(seconds: 900)
        #expect(throttle.retryAfter(account: mira, address: "a", at: free) == nil)
        throttle.noteFailure(account: mira, address: "a", at: free)
        #expect(throttle.retryAfter(account: mira, address: "a", at: free) == 60)
    }

    @Test func aLiftOpensTheAccountAndNotTheAddress() {
        var throttle = LoginThrottle()
        for _ in 0..<50 { throttle.noteFailure(account: mira, address: "a", at: start) }
        throttle.lift(AccountID(stored: "Mira"))
        #expect(throttle.retryAfter(account: mira, address: "b", at: start) == nil)
        #expect(throttle.retryAfter(account: mira, address: "a", at: start) == 900)
    }

    @Test(.ownThread) func whatIsRememberedIsBounded() {
        var throttle = LoginThrottle()
        for guess in 0...LoginThrottle.capacity {
            throttle.noteFailure(
                account: AccountID(stored: "guess\(guess)"), address: "a", at: start.adding(milliseconds: Int64(guess)))
        }
        let now = start.adding(seconds: 200)
        #expect(throttle.retryAfter(account: AccountID(stored: "guess0"), address: "b", at: now) == nil)
        #expect(throttle.retryAfter(account: mira, address: "a", at: now) != nil)
    }
}
