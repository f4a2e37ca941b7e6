import HTTPTypes
import Shared
import Testing

@testable import TrackerServer

struct SessionCookieTests {
    /// What has a token's form, `{"alg":"HS256"}` in front; nobody looks at the rest of it here.
    private static func token(_ number: Int) -> String { "eyJhbGciOiJIUzI1NiJ9.QQ.000\(number)" }

    @Test(arguments: [
        "tracker_session=TOKEN", "a=b; tracker_session=TOKEN; c=d", "a=b;tracker_session=TOKEN",
        "tracker_session=; tracker_session=TOKEN; tracker_session=TOKEN",
    ])
    func theTokenIsFoundAmongOtherCookies(header: String) {
        let header = header.replacing("TOKEN", with: Self.token(1))
        #expect(SessionCookie.tokens(in: [.cookie: header], isSecure: false) == [Self.token(1)])
    }

    @Test func severalTokensAreLookedAtAndNotAnyNumber() {
        let cookies = (1...9).map { "tracker_session=\(Self.token($0))" }
        #expect(
            SessionCookie.tokens(in: [.cookie: cookies.joined(separator: "; ")], isSecure: false)
                == (1...4).map { Self.token($0) })
    }

    /// Another host of the domain can set any number of these, which stand first when their paths are longer.
    @Test func whatCanBeNoTokenKeepsNoneFromBeingSeen() {
        let junk = (1...9).map { "tracker_session=\($0)" } + ["tracker_session=\(Self.token(1))=", "tracker_session=é"]
        #expect(SessionCookie.tokens(in: [.cookie: junk.joined(separator: "; ")], isSecure: false) == [])
        let cookies = junk + ["tracker_session=\(Self.token(1))"]
        #expect(
            SessionCookie.tokens(in: [.cookie: cookies.joined(separator: "; ")], isSecure: false) == [Self.token(1)])
    }

    @Test(arguments: ["", "tracker_session", "tracker_session=", "xtracker_session=abc", "a=tracker_session=abc"])
    func otherCookiesAreNoToken(header: String) {
        #expect(SessionCookie.tokens(in: [.cookie: header], isSecure: false) == nil)
    }

    @Test func theCookieIsOutOfReachOfScriptsAndOtherSites() {
        let login = LoginResponse(
            token: "t.o.k", role: .manager, expiresAt: Timestamp(milliseconds: 28_800_000), mustChangePassword: false)
        #expect(
            SessionCookie.setting(login, at: Timestamp(milliseconds: 0), isSecure: true)
                == "__Host-tracker_session=t.o.k; HttpOnly; SameSite=Strict; Path=/; Max-Age=28800; Secure")
        #expect(
            SessionCookie.clearing(isSecure: false) == "tracker_session=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0")
    }

    /// A host that somebody else has in the domain can set the plain name, and an attacker on the way as well.
    @Test func eachSchemeHasACookieOfItsOwn() {
        let both: HTTPFields = [
            .cookie: "tracker_session=\(Self.token(1)); __Host-tracker_session=\(Self.token(2))"
        ]
        #expect(SessionCookie.tokens(in: both, isSecure: false) == [Self.token(1)])
        #expect(SessionCookie.tokens(in: both, isSecure: true) == [Self.token(2)])
    }
}
