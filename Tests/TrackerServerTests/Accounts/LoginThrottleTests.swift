import Shared
import SocketIOServer
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct LoginThrottleTests {
    private let start = Timestamp(milliseconds: 1_000_000)
    private let mira = AccountID(stored: "mira")

    @Test func tenFailuresOfStrangersStopAnAccountForAllOfThemAndNoOther() {
        var throttle = LoginThrottle()
        for attempt in 0..<10 {
            let now = start.adding(seconds: attempt)
            #expect(throttle.retryAfter(account: mira, sender: .stranger("a\(attempt)"), at: now) == nil)
            throttle.noteFailure(account: mira, sender: .stranger("a\(attempt)"), at: now)
        }
        let now = start.adding(seconds: 10)
        #expect(throttle.retryAfter(account: AccountID(stored: "MIRA"), sender: .stranger("z"), at: now) == 890)
        #expect(throttle.retryAfter(account: AccountID(stored: "bob"), sender: .stranger("z"), at: now) == nil)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("z"), at: start.adding(seconds: 899)) == 1)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("z"), at: start.adding(seconds: 900)) == nil)
    }

    @Test func fiftyFailuresStopANetworkForEveryAccount() {
        var throttle = LoginThrottle()
        for attempt in 0..<50 {
            #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: start) == nil)
            throttle.noteFailure(account: AccountID(stored: "guess\(attempt)"), sender: .stranger("a"), at: start)
        }
        #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: start) == 900)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("b"), at: start) == nil)
    }

    @Test func theWindowSlides() {
        var throttle = LoginThrottle()
        for attempt in 0..<10 {
            throttle.noteFailure(account: mira, sender: .stranger("a"), at: start.adding(seconds: attempt * 60))
        }
        let free = start.adding(seconds: 900)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: free) == nil)
        throttle.noteFailure(account: mira, sender: .stranger("a"), at: free)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: free) == 60)
    }

    @Test func aLiftOpensTheAccountAndNotTheNetwork() {
        var throttle = LoginThrottle()
        for _ in 0..<50 { throttle.noteFailure(account: mira, sender: .stranger("a"), at: start) }
        throttle.lift(AccountID(stored: "Mira"))
        #expect(throttle.retryAfter(account: mira, sender: .stranger("b"), at: start) == nil)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: start) == 900)
    }

    @Test(.ownThread) func whatIsRememberedIsBounded() {
        var throttle = LoginThrottle()
        for guess in 0...LoginThrottle.capacity {
            throttle.noteFailure(
                account: AccountID(stored: "guess\(guess)"), sender: .stranger("a"),
                at: start.adding(milliseconds: Int64(guess)))
        }
        let now = start.adding(seconds: 200)
        #expect(throttle.retryAfter(account: AccountID(stored: "guess0"), sender: .stranger("b"), at: now) == nil)
        #expect(throttle.retryAfter(account: mira, sender: .stranger("a"), at: now) != nil)
    }

    @Test func aDeviceThatSignedInBeforeHasABudgetOfItsOwn() {
        var throttle = LoginThrottle()
        for guess in 0..<100 { throttle.noteFailure(account: mira, sender: .stranger("a\(guess % 2)"), at: start) }
        let device = PasswordSender(network: "a0", device: "laptop", connection: nil)
        let other = PasswordSender(network: "a0", device: "phone", connection: nil)
        for _ in 0..<10 {
            #expect(throttle.retryAfter(account: mira, sender: device, at: start) == nil)
            throttle.noteFailure(account: mira, sender: device, at: start)
        }
        #expect(throttle.retryAfter(account: mira, sender: device, at: start) == 900)
        #expect(throttle.retryAfter(account: mira, sender: other, at: start) == nil)
        #expect(throttle.retryAfter(account: mira, sender: device, at: start.adding(seconds: 900)) == nil)
    }

    @Test func aNetworkFromWhichTheAccountSignedInHasABudgetOfItsOwn() {
        var throttle = LoginThrottle()
        throttle.noteSignIn(account: mira, network: "office", at: start)
        let now = start.adding(seconds: 60)
        for guess in 0..<100 { throttle.noteFailure(account: mira, sender: .stranger("a\(guess)"), at: now) }
        #expect(throttle.retryAfter(account: mira, sender: .stranger("home"), at: now) == 900)
        for _ in 0..<10 {
            #expect(throttle.retryAfter(account: mira, sender: .stranger("office"), at: now) == nil)
            throttle.noteFailure(account: mira, sender: .stranger("office"), at: now)
        }
        #expect(throttle.retryAfter(account: mira, sender: .stranger("office"), at: now) == 900)
        // Nor are strangers shut out by what was guessed there.
        let later = now.adding(seconds: 900)
        for _ in 0..<10 { throttle.noteFailure(account: mira, sender: .stranger("office"), at: later) }
        #expect(throttle.retryAfter(account: mira, sender: .stranger("home"), at: later) == nil)
    }

    @Test func signInsOfBeforeTheStartAreNearToo() {
        var known = SignInTable()
        known.record(
            SignIn(
                id: "a", version: 1, createdAt: start, expiresAt: start.adding(seconds: 28_800), lastUsedAt: start,
                origin: SignInOrigin(address: "2001:db8:0:1::7", client: "")), of: mira)
        var throttle = LoginThrottle(known: known)
        for guess in 0..<10 { throttle.noteFailure(account: mira, sender: .stranger("a\(guess)"), at: start) }
        #expect(throttle.retryAfter(account: mira, sender: .stranger("home"), at: start) == 900)
        let office = SenderNetwork.name(of: "2001:db8:0:1::9")
        #expect(throttle.retryAfter(account: mira, sender: .stranger(office), at: start) == nil)
    }

    @Test func aSignInIsNearForThirtyDays() {
        var throttle = LoginThrottle()
        throttle.noteSignIn(account: mira, network: "office", at: start)
        let day = 24 * 3600
        #expect(
            throttle.place(of: .stranger("office"), for: mira, at: start.adding(seconds: 30 * day - 1))
                == .network("office"))
        #expect(
            throttle.place(of: .stranger("office"), for: mira, at: start.adding(seconds: 30 * day)) == .elsewhere)
        #expect(throttle.place(of: .stranger("office"), for: AccountID(stored: "bob"), at: start) == .elsewhere)
    }

    @Test func theNetworksOfAnAccountAreBounded() {
        var throttle = LoginThrottle()
        for number in 0...LoginThrottle.networksPerAccount {
            throttle.noteSignIn(account: mira, network: "n\(number)", at: start.adding(seconds: number))
        }
        let now = start.adding(seconds: 60)
        #expect(throttle.place(of: .stranger("n0"), for: mira, at: now) == .elsewhere)
        #expect(throttle.place(of: .stranger("n1"), for: mira, at: now) == .network("n1"))
    }

    @Test func aLiftOpensTheAccountForDevicesAndNetworksToo() {
        var throttle = LoginThrottle()
        let device = PasswordSender(network: "office", device: "laptop", connection: nil)
        throttle.noteSignIn(account: mira, network: device.network, at: start)
        for _ in 0..<10 { throttle.noteFailure(account: mira, sender: device, at: start) }
        for sender in [device, .stranger("office")] {
            #expect(throttle.retryAfter(account: mira, sender: sender, at: start) == 900)
        }
        throttle.lift(mira)
        for sender in [device, .stranger("office")] {
            #expect(throttle.retryAfter(account: mira, sender: sender, at: start) == nil)
        }
    }
}

extension PasswordSender {
    /// Somebody who is known by nothing but an address.
    static func stranger(_ network: String) -> PasswordSender {
        PasswordSender(network: network, device: nil, connection: nil)
    }
}
