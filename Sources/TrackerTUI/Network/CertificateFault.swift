import NIOSSL
import Shared

/// What a person is told of a certificate.
struct ShownCertificate: Sendable, Hashable {
    /// The common name of whom it is for; where it has none, all of the name.
    var subject: String
    /// Likewise of who has signed it.
    var issuer: String
    var isSelfSigned: Bool
    var from: Timestamp
    var until: Timestamp
    /// The names and addresses of servers that it is for.
    var names: [String]

    init(subject: String, issuer: String, isSelfSigned: Bool, from: Timestamp, until: Timestamp, names: [String]) {
        self.subject = subject
        self.issuer = issuer
        self.isSelfSigned = isSelfSigned
        self.from = from
        self.until = until
        self.names = names
    }

    init(_ certificate: NIOSSLCertificate) {
        let (subject, issuer) = (certificate.subjectName, certificate.issuerName)
        var validity: CertificateValidity?
        do {
            validity = CertificateValidity(der: try certificate.toDERBytes())
        } catch {
            // Then it does not show when it counts.
        }
        self.init(
            subject: Self.text(subject), issuer: Self.text(issuer), isSelfSigned: subject == issuer,
            from: validity?.from ?? .earliest, until: validity?.until ?? .latest,
            names: certificate._subjectAlternativeNames().compactMap(Self.text))
    }

    private static func text(_ name: [SSLCertificateName]) -> String {
        let parts = name.last { $0.type == .commonName }.map { [$0] } ?? name
        return parts.map(\.value).joined(separator: ", ").onOneLine.cut(toBytes: 100)
    }

    private static func text(_ name: _SubjectAlternativeName) -> String? {
        let bytes = Array(name.contents)
        switch name.nameType {
        case .dnsName: return String(decoding: bytes, as: UTF8.self).onOneLine.cut(toBytes: 100)
        case .ipAddress: return NumericAddress(bytes: bytes)?.text
        default: return nil
        }
    }
}

/// Why a server's certificate is not taken, as far as it shows.
enum CertificateFault: Sendable, Hashable {
    case expired(Timestamp)
    case notYetValid(Timestamp)
    case otherName([String])
    case selfSigned
    case unknownAuthority(String)
    /// The server has shown none, or none of these is to be seen.
    case unknown

    /// - Parameters:
    ///   - chain: the server's own first.
    ///   - isName: the certificate was found good, but for another server.
    ///   - now: by this computer's clock.
    init(_ chain: [ShownCertificate], isName: Bool, now: Timestamp) {
        if let own = chain.first, isName {
            self = .otherName(own.names.isEmpty ? [own.subject] : own.names)
        } else if let expired = chain.first(where: { $0.until < now }) {
            self = .expired(expired.until)
        } else if let early = chain.first(where: { $0.from > now }) {
            self = .notYetValid(early.from)
        } else if let own = chain.first, own.isSelfSigned {
            self = .selfSigned
        } else if let last = chain.last {
            self = .unknownAuthority(last.issuer)
        } else {
            self = .unknown
        }
    }

    /// Names of a certificate that are told.
    private static let mostNames = 5

    /// - Parameter authorities: the file that was given, if one was.
    func sentence(of server: BackendURL, now: Timestamp, authorities: String?) -> String {
        let subject = "The certificate of \(server.text)"
        let advice =
            authorities.map { "\($0) (TRACKER_CA_FILE) does not hold it" }
            ?? "if you trust it, give it with --ca-file (TRACKER_CA_FILE)"
        switch self {
        case .expired(let end):
            return
                "\(subject) expired on \(Self.day(end)), and this computer says it is \(Self.day(now)): whoever runs the "
                + "server must renew it."
        case .notYetValid(let start):
            return
                "\(subject) is valid from \(Self.day(start)) on, and this computer says it is \(Self.day(now)): is its "
                + "clock right?"
        case .otherName(let names):
            let told =
                names.prefix(Self.mostNames).joined(separator: ", ") + (names.count > Self.mostNames ? ", ..." : "")
            return "\(subject) is for \(told), not for \(server.host): use a name that it is for."
        case .selfSigned: return "\(subject) is signed by itself, and nobody else vouches for it: \(advice)."
        case .unknownAuthority(let name):
            let advice =
                authorities.map { "\($0) (TRACKER_CA_FILE) does not hold that authority's" }
                ?? "give that authority's certificate with --ca-file (TRACKER_CA_FILE)"
            return "\(subject) is signed by \(name), whom this computer does not trust: \(advice)."
        case .unknown: return "\(subject) is not accepted: give its authority's with --ca-file (TRACKER_CA_FILE)."
        }
    }

    private static func day(_ time: Timestamp) -> Substring { time.iso8601.prefix(10) }
}
