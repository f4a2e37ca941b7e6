import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// `TrackerServer` as a program on a folder of its own, with an administrator, talked to with curl as managers do.
final class LiveServer {
    let folder: TemporaryFolder
    private(set) var port = 0
    private var process: ChildProcess?
    /// Its port as long as it lives, also while it does not run.
    private let reserved: ReservedPort
    private let settings: [String: String]
    /// Nil: without TLS.
    private let tls: TestCertificate?
    /// How many files and connections it may have open; nil: as many as the test.
    private let descriptors: Int?

    static let administrator = "lena@harbour.example"
    static let password = "a long enough password"

    var processID: pid_t? { process?.id }
    var url: String { tls == nil ? "http://127.0.0.1:\(port)" : "https://localhost:\(port)" }

    /// - Parameters:
    ///   - settings: beside the folders, HOST and PORT.
    ///   - folder: holds the server's `data` and `uploads`.
    ///   - descriptors: how many files and connections it may have open.
    static func start(
        _ settings: [String: String] = [:], in folder: TemporaryFolder? = nil, tls: TestCertificate? = nil,
        descriptors: Int? = nil
    ) async throws -> LiveServer {
        let server = try LiveServer(
            folder: try folder ?? TemporaryFolder(), settings: settings, tls: tls, descriptors: descriptors)
        try await server.start(
            port: server.reserved.number, with: ["ADMIN_EMAIL": administrator, "ADMIN_PASSWORD": password])
        return server
    }

    private init(folder: TemporaryFolder, settings: [String: String], tls: TestCertificate?, descriptors: Int?) throws {
        self.folder = folder
        reserved = try ReservedPort()
        self.tls = tls
        self.descriptors = descriptors
        let files = tls.map { ["TLS_CERT_FILE": $0.certificate, "TLS_KEY_FILE": $0.key] } ?? [:]
        self.settings = settings.merging(files) { own, _ in own }
    }

    private func makeProcess(port: Int, with others: [String: String] = [:]) throws -> ChildProcess {
        let environment = settings.merging(others) { own, _ in own }.merging(
            [
                "DATA_DIR": folder.path + "/data", "UPLOAD_DIR": folder.path + "/uploads", "PORT": String(port),
            ]) { own, _ in own }
        let limit = descriptors.map { ["sh", "-c", "ulimit -n \($0) && exec \"$0\"", Program.server] }
        return try ChildProcess(limit ?? [Program.server], environment: environment)
    }

    private func start(port: Int, with others: [String: String]) async throws {
        let process = try makeProcess(port: port, with: others)
        let line = String(
            decoding: await bytes(from: process.output) { $0.last == UInt8(ascii: "\n") }, as: UTF8.self)
        // Without that line the server has ended, and said why.
        let errors = line.isEmpty ? String(decoding: await bytes(from: process.errors), as: UTF8.self) : ""
        let match = try #require(
            line.firstMatch(of: /^API listening on port (\d+)/), "the server said: \(line)\(errors)")
        self.port = try #require(Int(match.1))
        self.process = process
    }

    /// Ends the server as a crash would.
    func crash() async {
        process?.send(SIGKILL)
        _ = await process?.end()
    }

    /// Starts it on any port, and ends it as a crash would after so long, ready or not.
    func crashWhileStarting(after time: Duration) async throws {
        let process = try makeProcess(port: 0)
        try await Task.sleep(for: time)
        process.send(SIGKILL)
        _ = await process.end()
    }

    /// Stops the server cleanly, and returns its exit code.
    func stop() async -> Int32? {
        process?.send(SIGTERM)
        return await process?.end()
    }

    /// Reads what it writes to standard error, until that is among it.
    func hear(_ words: String) async -> String {
        guard let process else { return "" }
        return String(
            decoding: await bytes(from: process.errors) { $0.firstRange(of: Array(words.utf8)) != nil }, as: UTF8.self)
    }

    /// The end of what it has written to standard error; waits until it has ended.
    func lastWords() async -> String {
        guard let process else { return "" }
        return String(decoding: await bytes(from: process.errors).suffix(4000), as: UTF8.self)
    }

    /// Starts it again on the same folders, and on the same port unless another may do.
    func restart(onAnyPort: Bool = false) async throws {
        try await start(port: onAnyPort ? 0 : port, with: [:])
    }

    /// - Parameter arguments: curl's, before the URL.
    func curl(_ path: String, _ arguments: [String] = []) async throws -> (status: Int, body: [UInt8]) {
        let trust = tls.map { ["--cacert", $0.certificate] } ?? []
        let outcome = try await run(["curl", "-sS", "-w", "%{stderr}%{http_code}"] + trust + arguments + [url + path])
        return (Int(outcome.errors) ?? 0, outcome.output)
    }

    /// A request with a token, its body as JSON, and the answer's JSON.
    @discardableResult
    func call(
        _ method: String, _ path: String, token: String? = nil, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        var arguments = ["-X", method]
        if let token { arguments += ["-H", "Authorization: Bearer \(token)"] }
        if let body {
            let text = String(decoding: JSONWriter.bytes(of: body, .compact), as: UTF8.self)
            arguments += ["-H", "Content-Type: application/json", "-d", text]
        }
        let (status, answer) = try await curl(path, arguments)
        try #require((200..<300).contains(status), "\(method) \(path): \(String(decoding: answer, as: UTF8.self))")
        return answer.isEmpty ? .null : try JSONReader.value(of: answer)
    }

    func login(_ email: String = administrator, _ password: String = password) async throws -> String {
        let request = LoginRequest(email: email, password: password)
        return try LoginResponse(json: try await call("POST", APIPath.login, request.json)).token
    }

    /// An employee with a password of their own and, if so, an interval.
    func hire(_ email: String, password: String, intervalMinutes: Int? = 2) async throws {
        let token = try await login()
        try await call(
            "POST", APIPath.employees, token: token,
            .object(["email": .string(email), "password": .string(password)]))
        if let intervalMinutes {
            try await call(
                "POST", APIPath.captureInterval, token: token,
                .object(["employeeId": .string(email), "intervalMinutes": .number(intervalMinutes)]))
        }
    }

    /// What a client of this server is started with; it asks nothing unless it is told to.
    func clientEnvironment(display: VirtualDisplay?, _ others: [String: String] = [:]) -> [String: String] {
        var environment = ["TRACKER_NO_CONFIRM": "1"].merging(others) { $1 }
        environment["BACKEND_URL"] = url
        environment["TRACKER_STATE_DIR"] = folder.path + "/state"
        environment["DISPLAY"] = display?.name
        return environment
    }

    /// The records of `work_sessions.json`, read as anybody might.
    func sessions() throws -> [WorkSession] {
        let value = try JSONReader.value(of: try folder.bytes(of: "data/work_sessions.json"))
        return try (value.array ?? []).map { try WorkSession(json: $0) }
    }
}

extension LiveServer {
    struct NeverHappened: Error, CustomStringConvertible {
        let wanted: String

        var description: String { "\(wanted) never came" }
    }

    /// Who is online, as a manager with this token sees it.
    func presence(_ token: String) async throws -> [String] {
        try PresenceList(json: try await call("GET", APIPath.presence, token: token)).users
    }

    func waitForPresence(_ users: [String], _ token: String) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await presence(token) != users {
            guard ContinuousClock.now < deadline else { throw NeverHappened(wanted: "the presence of \(users)") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Looks at the server's files until they are as wanted.
    func wait(for wanted: String, seconds: Int = 40, _ condition: (LiveServer) throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !condition(self) {
            guard ContinuousClock.now < deadline else { throw NeverHappened(wanted: wanted) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
