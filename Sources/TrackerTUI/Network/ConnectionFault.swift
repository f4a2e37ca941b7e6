import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOPosix
import NIOSSL
import Shared

/// Errors of the HTTP library in words; their own descriptions are names of Swift cases.
struct ConnectionFault: Sendable {
    let server: BackendURL
    let proxy: Proxy?
    /// The file that was given with --ca-file.
    let authorities: String?

    func sentence(for error: any Error) async -> String {
        switch error {
        case let error as HTTPClientError: words(for: error)
        case let error as NIOConnectionError where error.dnsAError != nil && error.connectionErrors.isEmpty:
            "The name in \(proxy?.text ?? server.text) is not known."
        case let error as NIOConnectionError:
            "\(contact) cannot be reached\(Self.reason(of: error.connectionErrors.first?.error))."
        // What is left of a connection whose server died.
        case is ChannelError: "\(server.text) closed the connection."
        case let error as IOError: "\(contact) cannot be reached\(Self.reason(of: error))."
        case is CancellationError: "The request to \(server.text) was given up."
        default:
            if let fault = TLSFault(error) {
                await words(for: fault)
            } else {
                "\(contact) cannot be reached (\(String(reflecting: type(of: error))))."
            }
        }
    }

    /// Whom the connection is made to.
    private var contact: String { proxy.map { "The proxy \($0.text)" } ?? server.text }

    private func words(for error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "\(contact) does not answer."
        case .tlsHandshakeTimeout: Self.noTLS(server)
        case .deadlineExceeded, .readTimeout: "\(server.text) takes too long to answer."
        case .remoteConnectionClosed: "\(server.text) closed the connection."
        case .cancelled: "The request to \(server.text) was given up."
        case .proxyAuthenticationRequired:
            "\(contact) wants a name and a password: http://name:password@host:port."
        case .invalidProxyResponse: "\(contact) makes no connection to \(server.host):\(server.port)."
        case .httpProxyHandshakeTimeout: "\(contact) does not answer."
        default: "\(server.text) cannot be reached (\(error.shortDescription.lowercased()))."
        }
    }

    private func words(for fault: TLSFault) async -> String {
        switch fault {
        case .certificate(let isName):
            let now = SystemClock().now().wall
            let chain = await CertificateProbe(server: server, proxy: proxy?.socket).chain()
            return CertificateFault(chain, isName: isName, now: now)
                .sentence(of: server, now: now, authorities: authorities)
        case .noTLS: return Self.noTLS(server)
        case .tooOld:
            return
                "\(server.text) speaks TLS only in versions before 1.2, which are not safe any more: whoever runs it must "
                + "update it."
        case .other(let reason): return "\(server.text) and this client agree on no encryption (\(reason))."
        }
    }

    private static func noTLS(_ server: BackendURL) -> String {
        "\(server.text) does not speak TLS: perhaps the address begins with http://, or the port is another."
    }

    private static func reason(of error: (any Error)?) -> String {
        guard let error = error as? IOError else { return "" }
        return ": " + String(cString: strerror(error.errnoCode)).lowercased()
    }
}

/// What went wrong while encryption was agreed on.
enum TLSFault: Sendable, Hashable {
    /// The certificate is not taken. `isName`: because it is for another server.
    case certificate(isName: Bool)
    /// What answers is not TLS.
    case noTLS
    case tooOld
    /// In BoringSSL's words.
    case other(String)

    /// Nil for errors of another kind.
    init?(_ error: any Error) {
        switch error {
        case let error as NIOSSLExtraError:
            self = error == .failedToValidateHostname ? .certificate(isName: true) : .other("\(error)")
        case NIOSSLError.unableToValidateCertificate: self = .certificate(isName: true)
        case NIOSSLError.noCertificateToValidate: self = .certificate(isName: false)
        case NIOSSLError.handshakeFailed(.sslError(let stack)), BoringSSLError.sslError(let stack):
            self.init(reasons: stack.map { "\($0)" })
        case is NIOSSLError, is BoringSSLError: self = .other("\(error)")
        default: return nil
        }
    }

    /// - Parameter reasons: as BoringSSL writes them: `Error: 268435703 error:100000f7:SSL
    ///   routines:OPENSSL_internal:WRONG_VERSION_NUMBER at /path:1`.
    init(reasons: [String]) {
        // The name is the only part that may be relied on: the numbers are another library's.
        let names = reasons.map { reason in
            reason.split(separator: " ").first { $0.contains("OPENSSL_internal:") }?.split(separator: ":").last.map(
                String.init)
                ?? reason
        }
        let isAny = { (known: Set<String>) in names.contains(where: known.contains) }
        if isAny(["CERTIFICATE_VERIFY_FAILED"]) {
            self = .certificate(isName: false)
        } else if isAny(["WRONG_VERSION_NUMBER", "HTTP_REQUEST"]) {
            self = .noTLS
        } else if isAny(["UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"]) {
            self = .tooOld
        } else {
            self = .other(names.joined(separator: ", ").lowercased().split(separator: "_").joined(separator: " "))
        }
    }
}
