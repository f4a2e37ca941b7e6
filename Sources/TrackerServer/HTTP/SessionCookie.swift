import HTTPTypes
import Shared

/// The web admin's cookie: the token, out of reach of scripts.
enum SessionCookie {
    static let name = "tracker_session"

    /// The token in the request's cookies.
    static func token(in headers: HTTPFields) -> String? {
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                if parts.count == 2, parts[0].drop(while: { $0 == " " }) == name { return String(parts[1]) }
            }
        }
        return nil
    }

    /// The value of `Set-Cookie` that keeps the token until it expires.
    /// - Parameter isSecure: the browser shall send it over TLS alone.
    static func setting(_ login: LoginResponse, isSecure: Bool) -> String {
        text(login.token, seconds: Tokens.lifetimeSeconds, isSecure)
    }

    static func clearing(isSecure: Bool) -> String { text("", seconds: 0, isSecure) }

    private static func text(_ token: String, seconds: Int, _ isSecure: Bool) -> String {
        "\(name)=\(token); HttpOnly; SameSite=Strict; Path=/; Max-Age=\(seconds)\(isSecure ? "; Secure" : "")"
    }
}
