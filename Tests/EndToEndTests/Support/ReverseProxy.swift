import Foundation
import TestSupport
import Testing

/// A proxy in front of a server, on this machine.
final class ReverseProxy: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case nginx, haproxy, caddy

        var isThere: Bool { FileManager.default.isExecutableFile(atPath: program) }

        fileprivate var program: String {
            switch self {
            case .nginx: "/usr/sbin/nginx"
            case .haproxy: "/usr/sbin/haproxy"
            case .caddy: "/usr/bin/caddy"
            }
        }
    }

    /// Where people reach it.
    let url: String
    /// The authority that has signed its certificate; nil without TLS.
    private let authority: String?
    private let folder: TemporaryFolder
    private let port: ReservedPort
    private let process: ChildProcess

    /// nginx without TLS, unless said otherwise as it is configured where nobody has thought of live view: everything is
    /// buffered that may be. Waits until it listens.
    static func start(before server: LiveServer) async throws -> ReverseProxy {
        let (folder, port) = (try TemporaryFolder(), try ReservedPort())
        let site = "server { listen 127.0.0.1:\(port.number); location / { proxy_pass \(server.url); } }"
        try folder.write(nginx(site, in: folder), to: "proxy.conf")
        return try await start(.nginx, "http://127.0.0.1:\(port.number)", authority: nil, in: folder, on: port)
    }

    /// With the settings of docs/operators.md, but for names, ports and files, which are this test's. Waits until it listens.
    static func start(_ kind: Kind, _ settings: String, before server: LiveServer) async throws -> ReverseProxy {
        let (folder, port) = (try TemporaryFolder(), try ReservedPort())
        let authority = try await TestAuthority(in: folder)
        let files = try await authority.sign("proxy", names: "DNS:localhost")
        try folder.write(try folder.bytes(of: "proxy.pem") + folder.bytes(of: "proxy-key.pem"), to: "both.pem")
        let url = "https://localhost:\(port.number)"
        var own = settings
        for (written, meant) in [
            ("127.0.0.1:4000", "127.0.0.1:\(server.port)"), ("listen 443 ssl", "listen 127.0.0.1:\(port.number) ssl"),
            ("bind :443", "bind 127.0.0.1:\(port.number)"), ("tracker.example.org {", "\(url) {"),
            ("tracker.example.org", "localhost"), ("/etc/ssl/private/tracker-key.pem", files.key),
            ("/etc/ssl/tracker.pem", files.certificate), ("/etc/haproxy/tracker.pem", folder.path + "/both.pem"),
        ] {
            own = own.replacing(written, with: meant)
        }
        switch kind {
        case .nginx: own = nginx(own, in: folder)
        case .haproxy: break
        case .caddy: own = "{\n admin off\n auto_https disable_redirects\n}\n" + own
        }
        try folder.write(own, to: "proxy.conf")
        return try await start(kind, url, authority: authority.certificate, in: folder, on: port)
    }

    private static func nginx(_ site: String, in folder: TemporaryFolder) -> String {
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder.path)/\($0);" }
        return """
            daemon off;
            master_process off;
            pid \(folder.path)/pid;
            error_log \(folder.path)/error.log;
            events {}
            http {
                access_log off;
                \(paths.joined(separator: "\n    "))
                \(site)
            }
            """
    }

    private static func start(
        _ kind: Kind, _ url: String, authority: String?, in folder: TemporaryFolder, on port: ReservedPort
    ) async throws -> ReverseProxy {
        let settings = folder.path + "/proxy.conf"
        let arguments =
            switch kind {
            case .nginx: ["-e", folder.path + "/error.log", "-p", folder.path, "-c", settings]
            case .haproxy: ["-db", "-f", settings]
            case .caddy: ["run", "--config", settings, "--adapter", "caddyfile"]
            }
        let process = try ChildProcess([kind.program] + arguments, environment: ["HOME": folder.path])
        let proxy = ReverseProxy(url: url, authority: authority, folder: folder, port: port, process: process)
        try await proxy.waitUntilItListens(kind)
        return proxy
    }

    private init(url: String, authority: String?, folder: TemporaryFolder, port: ReservedPort, process: ChildProcess) {
        (self.url, self.authority, self.folder, self.port, self.process) = (url, authority, folder, port, process)
    }

    private func waitUntilItListens(_ kind: Kind) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await run(curl("/health")).status != 0 {
            let isWell = process.isRunning && ContinuousClock.now < deadline
            let said = isWell ? [] : await bytes(from: process.errors)
            try #require(isWell, "\(kind) does not answer: \(String(decoding: said, as: UTF8.self))")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// What runs curl for a path.
    /// - Parameter arguments: curl's.
    func curl(_ path: String, _ arguments: [String] = []) -> [String] {
        ["curl", "-sS"] + (authority.map { ["--cacert", $0] } ?? []) + arguments + [url + path]
    }

    /// What a client of the server behind it is started with.
    var clientEnvironment: [String: String] {
        var environment = ["BACKEND_URL": url]
        environment["TRACKER_CA_FILE"] = authority
        return environment
    }
}
