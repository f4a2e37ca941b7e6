import Foundation
import TestSupport
import Testing

/// nginx in front of a server, unless said otherwise as it is configured where nobody has thought of live view: everything is
/// buffered that may be.
final class ReverseProxy: Sendable {
    let url: String
    private let port: ReservedPort
    private let folder: TemporaryFolder
    private let process: ChildProcess

    /// Waits until it listens.
    /// - Parameter location: the lines of its configuration that pass requests on.
    static func start(before server: LiveServer, location: String? = nil) async throws -> ReverseProxy {
        let folder = try TemporaryFolder()
        let port = try ReservedPort()
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { "\($0)_temp_path \(folder.path)/\($0);" }
        try folder.write(
            """
            daemon off;
            master_process off;
            pid \(folder.path)/pid;
            error_log \(folder.path)/error.log;
            events {}
            http {
                access_log off;
                \(paths.joined(separator: "\n    "))
                server {
                    listen 127.0.0.1:\(port.number);
                    \(location ?? "location / { proxy_pass \(server.url); }")
                }
            }
            """, to: "nginx.conf")
        try folder.write("", to: "error.log")
        let process = try ChildProcess([
            "/usr/sbin/nginx", "-e", folder.path + "/error.log", "-p", folder.path, "-c", folder.path + "/nginx.conf",
        ])
        let proxy = ReverseProxy(port: port, folder: folder, process: process)
        try await proxy.waitUntilItListens()
        return proxy
    }

    private init(port: ReservedPort, folder: TemporaryFolder, process: ChildProcess) {
        url = "http://127.0.0.1:\(port.number)"
        self.port = port
        self.folder = folder
        self.process = process
    }

    private func waitUntilItListens() async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await run("curl", "-sS", url + "/health").status != 0 {
            let log = String(decoding: try folder.bytes(of: "error.log"), as: UTF8.self)
            try #require(process.isRunning && ContinuousClock.now < deadline, "nginx does not answer: \(log)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
