import Shared
import Testing

@testable import TrackerServer

struct SignInTests {
    private let mira = AccountID(stored: "mira")
    private let tom = AccountID(stored: "tom")
    private let start = Timestamp(milliseconds: 1_772_438_400_999)

    private func state(_ changes: [Change]) -> TrackerState {
        var state = TrackerState()
        for change in changes { state.apply(change) }
        return state
    }

    private func credential(_ version: Int) -> Credential {
        Credential(verifier: "v", version: version, mustChangePassword: false)
    }

    private func ids(_ changes: Change..., of account: AccountID? = nil) -> [String] {
        let state = state([.credentialSet(mira, credential(1)), .credentialSet(tom, credential(1))] + changes)
        return state.signIns(of: account ?? mira, at: start).map(\.id)
    }

    @Test func eachEndsAlone() {
        let made = ["a", "b"].map { Change.signInMade(mira, SampleChanges.signIn($0)) }
        #expect(ids(made[0], made[1]) == ["a", "b"])
        #expect(ids(made[0], made[1], made[0]) == ["a", "b"], "it goes on")
        #expect(ids(made[0], made[1], .signInEnded(AccountID(stored: "MIRA"), id: "a")) == ["b"])
        #expect(ids(made[0], .signInEnded(tom, id: "a")) == ["a"], "it is not tom's")
    }

    @Test func allEndWithAPasswordARemovalAndAtOnce() {
        let made = Change.signInMade(mira, SampleChanges.signIn("a"))
        let others = Change.signInMade(tom, SampleChanges.signIn("t"))
        for end in [
            Change.credentialSet(mira, credential(2)), .accountRemoved(mira, version: 2),
            .signInsEnded(mira, version: 2),
        ] {
            #expect(ids(made, others, end) == [])
            #expect(ids(made, others, end, of: tom) == ["t"])
        }
        #expect(
            ids(made, .credentialSet(mira, credential(2)), .signInMade(mira, SampleChanges.signIn("a", version: 2)))
                == ["a"])
    }

    @Test func theyAreForgottenOnceTheyHaveExpired() {
        let soon = start.adding(seconds: 1)
        let state = state([
            .credentialSet(mira, credential(1)), .signInMade(mira, SampleChanges.signIn("a", expiresAt: start)),
            .signInMade(mira, SampleChanges.signIn("b", expiresAt: soon)), .lastUsesNoted([], at: start),
        ])
        #expect(state.secrets.signIns.all(of: mira).map(\.id) == ["b"])
        #expect(!state.secrets.hasExpired(at: start))
        #expect(state.secrets.hasExpired(at: soon))
        #expect(state.signIns(of: mira, at: soon) == [])
    }

    @Test func tokensEndAfterEightHoursOrWithTheSignIn() {
        let rule = SignInRule(days: 30)
        func end(after seconds: Int) -> Int64 {
            (rule.end(of: start, at: start.adding(seconds: seconds)).milliseconds - 1_772_438_400_000) / 1000
        }
        #expect(end(after: 0) == 8 * 3600)
        #expect(end(after: 100) == 8 * 3600 + 100)
        #expect(end(after: 30 * 86_400 - 60) == 30 * 86_400)
    }

    @Test(arguments: [
        ("curl/8.5.0", "curl/8.5.0"), ("  Firefox\u{1B}[31m \u{202E}x\u{7F} ", "Firefox[31m x"), ("", ""),
        ("é 😀", "é 😀"),
        (String(repeating: "x", count: 300), String(repeating: "x", count: 200)),
    ])
    func ofAProgramsNameWhatCanBePrintedIsKept(given: String, kept: String) {
        #expect(SignInOrigin(address: "", client: given).client == kept)
    }
}
