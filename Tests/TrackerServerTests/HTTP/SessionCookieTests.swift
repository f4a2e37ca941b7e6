import HTTPTypes
import Shared
import Testing

@testable import TrackerServer

struct SessionCookieTests {
    @Test(arguments: [
        ("tracker_session=abc", "abc"), ("a=b; tracker_session=abc; c=d", "abc"), ("a=b;tracker_session=abc", "abc"),
        ("tracker_session=a=b", "a=b"), ("tracker_session=; tracker_session=a; tracker_session=a", "a"),
    ])
    func theTokenIsFoundAmongOtherCookies(header: String, token: String) {
        #expect(SessionCookie.tokens(in: [.cookie: header]) == [token])
    }

    @Test func severalTokensAreLookedAtAndNotAnyNumber() {
        let cookies = (1...9).map { "tracker_session=\($0)" }
        #expect(SessionCookie.tokens(in: [.cookie: cookies.joined(separator: "; ")]) == ["1", "2", "3", "4"])
    }

    @Test(arguments: ["", "tracker_session", "tracker_session=", "xtracker_session=abc", "a=tracker_session=abc"])
    func otherCookiesAreNoToken(header: String) {
        #expect(SessionCookie.tokens(in: [.cookie: header]).isEmpty)
    }

    @Test func theCookieIsOutOfReachOfScriptsAndOtherSites() {
        let login = LoginResponse(
            token: "t.o.k", role: .manager, expiresAt: Timestamp(milliseconds: 0), mustChangePassword: false)
        #expect(
            SessionCookie.setting(login, isSecure: true)
                == "tracker_session=t.o.k; HttpOnly; SameSite=Strict; Path=/; Max-Age=28800; Secure")
        #expect(
            SessionCookie.clearing(isSecure: false) == "tracker_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
    }
}
