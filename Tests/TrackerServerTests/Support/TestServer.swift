import Foundation
import Logging
import NIOCore
import ServiceLifecycle
import Settings
import Shared
import Synchronization
import Testing

@testable import TrackerServer

/// A real server on a free port, on folders of its own, with a clock that the test sets.
struct TestServer: Sendable {
    let port: Int
    let folders: TestFolders
    let clock: TestClock
    let environment: ServerEnvironment

    static let admin = "root@example.org"
    static let password = "correct horse battery"
    /// With which an administrator sets another's password.
    static let confirmation = #"{"currentPassword": "\#(password)"}"#

    /// Starts a server, runs `body`, stops the server cleanly, and removes its folders unless they were given.
    static func run(
        _ settings: [String: String] = [:], at start: String = "2026-03-02T08:00:00.000Z",
        folders given: TestFolders? = nil, storeClock: StoreClock = .system, deadlines: Deadlines = Deadlines(),
        programFolder: String? = nil,
        _ body: @Sendable (TestServer) async throws -> Void
    ) async throws {
        await Gate.servers.enter()
        defer { Gate.servers.leave() }
        let folders = try given ?? TestFolders()
        defer { if given == nil { folders.remove() } }
        let clock = TestClock(try #require(Timestamp(iso8601: start)))
        let defaults = [
            "HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": folders.data, "UPLOAD_DIR": folders.uploads,
            "ADMIN_EMAIL": admin, "ADMIN_PASSWORD": password,
        ]
        let configuration = try ServerConfiguration(
            try Settings(environment: defaults.merging(settings) { $1 }))
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let application = try await TrackerApplication.build(
            configuration, logger: logger, hasher: PasswordHasher(logRounds: 4), now: { clock.now },
            steady: { clock.steady }, storeClock: storeClock, deadlines: deadlines,
            programFolder: programFolder ?? folders.root,
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) })
        let services = ServiceGroup(
            configuration: .init(services: [.init(service: application.application)], logger: logger))
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await services.run() }
                for await port in ports.prefix(1) {
                    try await body(
                        TestServer(
                            port: port, folders: folders, clock: clock, environment: application.environment))
                }
                await services.triggerGracefulShutdown()
                try await group.waitForAll()
            }
        } catch {
            try await application.shutDown()
            throw error
        }
        try await application.shutDown()
    }
}

/// Lets so many through at a time: tests run side by side, but not by hundreds.
final class Gate: Sendable {
    static let servers = Gate(width: 4)

    private let state: Mutex<(free: Int, waiting: [CheckedContinuation<Void, Never>])>

    init(width: Int) { state = Mutex((width, [])) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}

/// The time as the test lets it pass.
final class TestClock: Sendable {
    private let time: Mutex<(now: Timestamp, steady: Int64)>

    init(_ time: Timestamp) { self.time = Mutex((time, 0)) }

    var now: Timestamp { time.withLock { $0.now } }
    /// Milliseconds that have passed, however the clock was set.
    var steady: Int64 { time.withLock { $0.steady } }

    func advance(seconds: Int) {
        time.withLock { $0 = ($0.now.adding(seconds: seconds), $0.steady + Int64(seconds) * 1000) }
    }

    /// As somebody sets a clock: no time passes.
    func leap(seconds: Int) { time.withLock { $0.now = $0.now.adding(seconds: seconds) } }

    /// Lets the time pass until then.
    func set(_ text: String) throws {
        let new = try #require(Timestamp(iso8601: text))
        time.withLock { $0 = (new, $0.steady + (new - $0.now)) }
    }
}

/// A data and an upload folder below the system's folder for temporary files.
struct TestFolders: Sendable {
    let root: String
    var data: String { root + "/data" }
    var uploads: String { root + "/images" }

    init() throws {
        root = NSTemporaryDirectory() + "tracker-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: root)
        } catch {
            Issue.record("The test's folder can't be removed: \(error)")
        }
    }

    /// The text of a file below `root`.
    func text(_ path: String) throws -> String {
        try String(contentsOfFile: root + "/" + path, encoding: .utf8)
    }

    /// As the server writes it: nobody else can read it.
    func write(_ text: String, to path: String) throws {
        let file = root + "/" + path
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
    }

    /// Everything but what each start puts there beside the data.
    func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root + "/" + path).filter {
            $0 != ".lock" && $0 != FileNote.name
        }.sorted()
    }

    /// Every file below both folders with its content, aside from the process's lock file, the journal, and the audit, which also
    /// tells of what was refused.
    func snapshot() throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for folder in [data, uploads] where FileManager.default.fileExists(atPath: folder) {
            for name in try FileManager.default.contentsOfDirectory(atPath: folder)
            where name != ".lock" && !name.hasPrefix("journal-") && !name.hasPrefix("audit.") {
                files[folder + "/" + name] = try Array(Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
            }
        }
        return files
    }
}
