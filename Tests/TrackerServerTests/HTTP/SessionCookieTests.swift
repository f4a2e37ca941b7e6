import HTTPTypes
import Shared
import Testing

@testable import TrackerServer

struct SessionCookieTests {
    @Test(arguments: [
        ("tracker_session=abc", "abc"), ("a=b; tracker_session=abc; c=d", "abc"), ("a=b;tracker_session=abc", "abc"),
        ("tracker_session=a=b", "a=b"), ("tracker_session=first; tracker_session=second", "first"),
    ])
    func theTokenIsFoundAmongOtherCookies(header: String, token: String) {
        #expect(SessionCookie.token(in: [.cookie: header]) == token)
    }

    @Test(arguments: ["", "tracker_session", "tracker_session=", "xtracker_session=abc", "a=tracker_session=abc"])
    func otherCookiesAreNoToken(header: String) {
        #expect(SessionCookie.token(in: [.cookie: header]) == nil)
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
