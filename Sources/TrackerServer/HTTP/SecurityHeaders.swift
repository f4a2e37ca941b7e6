/// What every answer tells browsers, whoever gives it: a route, the framework, Socket.IO.
enum SecurityHeaders {
    /// - Parameter isSecure: it is given over TLS.
    static func all(isSecure: Bool) -> [(name: String, value: String)] {
        let always = [
            ("X-Content-Type-Options", "nosniff"),
            // Nothing is to be shown as a page, or in one. Pages have a policy of their own.
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Referrer-Policy", "no-referrer"),
            // Without effect where CORS allows a script to ask: images and the like must not be taken into other sites.
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        return always + (isSecure ? [("Strict-Transport-Security", strictTransport)] : [])
    }

    /// A year (RFC 6797, section 6.1.1); other hosts of the domain are not this server's to speak for.
    static let strictTransport = "max-age=31536000"
}
