import HTTPTypes
import Shared

/// The web admin's cookie: the token, out of reach of scripts.
enum SessionCookie {
    /// Over TLS browsers take the cookie from this host alone, for all its paths, since its name says so (RFC 6265bis, section
    /// 4.1.3.2): no other host of the domain, and nobody who answers in its place without TLS, can set one.
    static func name(isSecure: Bool) -> String { isSecure ? "__Host-tracker_session" : "tracker_session" }

    /// As many tokens are looked at, the first ones: a path and a host have one cookie each.
    static let most = 4

    /// The tokens in the request's cookies, each once; nil when no cookie has the name. Browsers send several where another path,
    /// or a host beside this one, has set a cookie of the same name; their order says nothing (RFC 6265, section 4.2.2). What
    /// can't be a token does not count, or those of another host could keep the server's own from being seen.
    /// - Parameter isSecure: the browser speaks TLS.
    static func tokens(in headers: HTTPFields, isSecure: Bool) -> [String]? {
        let values = headers.cookies(named: name(isSecure: isSecure))
        guard !values.isEmpty else { return nil }
        var tokens: [String] = []
        for value in values.map(String.init) where tokens.count < most && !tokens.contains(value) {
            if TokenText.mayBeToken(value), TokenText.isToken(value) { tokens.append(value) }
        }
        return tokens
    }

    /// The value of `Set-Cookie` that keeps the token until it expires.
    /// - Parameter isSecure: the browser shall send it over TLS alone.
    static func setting(_ login: LoginResponse, at now: Timestamp, isSecure: Bool) -> String {
        text(login.token, seconds: Int(max(0, login.expiresAt - now + 999) / 1000), isSecure)
    }

    static func clearing(isSecure: Bool) -> String { text("", seconds: 0, isSecure) }

    private static func text(_ token: String, seconds: Int, _ isSecure: Bool) -> String {
        "\(name(isSecure: isSecure))=\(token); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(seconds)\(isSecure ? "; Secure" : "")"
    }
}
