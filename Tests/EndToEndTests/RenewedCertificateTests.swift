import Glibc
import TestSupport
import Testing

/// SIGHUP: a server reads its certificate again, or ends with its terminal.
@Suite(.timeLimit(.minutes(2)))
struct RenewedCertificateTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func settings(_ files: (certificate: String, key: String)?) -> [String: String] {
        var settings = ["PORT": "0", "DATA_DIR": folder.path + "/data", "UPLOAD_DIR": folder.path + "/uploads"]
        if let files { (settings["TLS_CERT_FILE"], settings["TLS_KEY_FILE"]) = files }
        return settings
    }

    /// The port that it says it listens on.
    private func port(of server: ChildProcess) async throws -> String {
        let line = String(decoding: await bytes(from: server.output) { $0.last == UInt8(ascii: "\n") }, as: UTF8.self)
        return String(try #require(line.firstMatch(of: /listening on port (\d+)/)).1)
    }

    /// Reads what the server says until that is among it.
    private func hear(_ sentence: String, from server: ChildProcess) async {
        let heard = await bytes(from: server.errors) { $0.firstRange(of: Array(sentence.utf8)) != nil }
        #expect(heard.firstRange(of: Array(sentence.utf8)) != nil, "\(String(decoding: heard, as: UTF8.self))")
    }

    @Test func newConnectionsGetTheNewCertificateAndOldOnesGoOn() async throws {
        let tls = try await TestCertificate(in: folder)
        let server = try ChildProcess([Program.server], environment: settings((tls.certificate, tls.key)))
        let port = try await port(of: server)
        func isShown(_ certificate: [UInt8]) async throws -> Bool {
            let outcome = try await run("openssl", "s_client", "-connect", "localhost:\(port)")
            return outcome.output.firstRange(of: certificate) != nil
        }
        let first = try folder.bytes(of: "localhost.pem")
        #expect(try await isShown(first))
        let old = try ChildProcess(["openssl", "s_client", "-quiet", "-connect", "localhost:\(port)"], hasInput: true)
        func oldConnectionIsAnswered() async -> Bool {
            guard old.write(Array("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)) else { return false }
            let answer = await bytes(from: old.output) {
                $0.last == UInt8(ascii: "\n") && $0.contains(UInt8(ascii: "{"))
            }
            return answer.firstRange(of: Array("HTTP/1.1 200 OK".utf8)) != nil
        }
        #expect(await oldConnectionIsAnswered())

        // Half of a pair does not count.
        _ = try await TestCertificate(in: folder, name: "new")
        let second = try folder.bytes(of: "new.pem")
        try folder.write(second, to: "localhost.pem")
        server.send(SIGHUP)
        await hear("The certificate can't be read again; the old one stays", from: server)
        #expect(try await isShown(first))

        try folder.write(try folder.bytes(of: "new-key.pem"), to: "localhost-key.pem")
        server.send(SIGHUP)
        await hear("The certificate expires within 14 days", from: server)
        #expect(try await isShown(second))
        #expect(await oldConnectionIsAnswered())
        server.send(SIGTERM)
        #expect(await server.end() == 0)
    }

    @Test func anExpiredCertificateIsSaidAtTheStart() async throws {
        let authority = try await TestAuthority(in: folder)
        let files = try await authority.sign("server", names: "DNS:localhost", days: -1)
        let server = try ChildProcess([Program.server], environment: settings(files))
        await hear("The certificate has expired", from: server)
        server.send(SIGTERM)
        #expect(await server.end() == 0)
    }

    /// As when somebody closes the window in which it was started.
    @Test func withoutItsTerminalAServerStopsCleanly() async throws {
        let keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (lock, number): (Int32, UInt32) = (0, 0)
        try #require(ioctl(keyboard, 0x4004_5431, &lock) == 0 && ioctl(keyboard, 0x8004_5430, &number) == 0)
        let server = try ChildProcess(
            ["sh", "-c", #"exec setsid --ctty "$@" <"$0""#, "/dev/pts/\(number)", Program.server],
            environment: settings(nil))
        _ = try await port(of: server)
        // With its terminal still there the signal means something else.
        server.send(SIGHUP)
        await hear("there is no certificate to read again", from: server)
        close(keyboard)
        await hear("The terminal is gone", from: server)
        #expect(await server.end() == 0)
        #expect(try folder.names(in: "data").allSatisfy { !$0.hasPrefix("journal-") })
    }
}
