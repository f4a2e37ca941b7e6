import AsyncHTTPClient
import Foundation
import JSON
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// A real server in this process, on folders of its own, whose clock is the world's. It can be killed and come back.
final class WorldServer {
    static let administrator = "lena@harbour.example"
    static let password = "a long enough password"

    let world: World
    private(set) var folder: TemporaryFolder
    private var application: TrackerApplication?
    private var services: ServiceGroup?
    private var running: Task<Void, any Error>?

    var url: String { "http://127.0.0.1:\(world.port)" }
    var isUp: Bool { running != nil }

    init(_ world: World) throws {
        self.world = world
        folder = try TemporaryFolder(inMemory: true)
    }

    func start() async throws {
        guard running == nil else { return }
        let configuration = try ServerConfiguration(
            try Settings(environment: [
                "HOST": "127.0.0.1", "PORT": "0", "DATA_DIR": folder.path + "/data",
                "UPLOAD_DIR": folder.path + "/uploads", "ADMIN_EMAIL": Self.administrator,
                "ADMIN_PASSWORD": Self.password,
            ]))
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let world = world
        let application = try await TrackerApplication.build(
            configuration, logger: logger, hasher: PasswordHasher(logRounds: 4), now: { world.now },
            steady: { world.milliseconds }, programFolder: folder.path,
            onServerRunning: { channel in found.yield(channel.localAddress?.port ?? 0) })
        let services = ServiceGroup(
            configuration: .init(services: [.init(service: application.application)], logger: logger))
        self.application = application
        self.services = services
        let running = Task {
            defer { found.finish() }
            try await services.run()
        }
        self.running = running
        for await port in ports {
            world.port = port
            return
        }
        try await running.value
    }

    func stop() async throws {
        guard let running, let services, let application else { return }
        self.running = nil
        await services.triggerGracefulShutdown()
        try await running.value
        try await application.shutDown()
        (self.application, self.services) = (nil, nil)
    }

    /// What `kill -9` leaves: the folders as they stand at this instant, journal and all. The next start is on a copy of them,
    /// made while this server still runs, so nothing that it does afterwards, in the order of a clean stop, can reach it.
    ///
    /// A process of its own that is killed in earnest, as ``CrashTests`` do, can't have the world's clock: the program
    /// reads the system's, and one that is slipped under it would set its timers wrong as well.
    func kill() async throws {
        guard let running, let application else { return }
        let left = try await StillPicture.copy(of: folder)
        self.running = nil
        running.cancel()
        do {
            try await running.value
        } catch is CancellationError {
            // Connections were cut off.
        }
        // Its threads end; what is written in doing so is in folders that nobody reads.
        try await application.shutDown()
        (self.application, services, folder) = (nil, nil, left)
    }

    /// As a manager does it.
    @discardableResult
    func call(_ path: String, _ body: JSONValue, token: String?) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url + path)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        request.body = .bytes(ByteBuffer(bytes: JSONWriter.bytes(of: body, .compact)))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = [UInt8]((try await response.body.collect(upTo: 1 << 20)).readableBytesView)
        try #require((200..<300).contains(response.status.code), "\(path): \(String(decoding: bytes, as: UTF8.self))")
        return bytes.isEmpty ? .null : try JSONReader.value(of: bytes)
    }

    func administratorToken() async throws -> String {
        let request = LoginRequest(email: Self.administrator, password: Self.password)
        return try LoginResponse(json: try await call(APIPath.login, request.json, token: nil)).token
    }

    func hire(_ email: String, password: String, intervalMinutes: Int) async throws {
        let token = try await administratorToken()
        try await call(
            APIPath.employees, .object(["email": .string(email), "password": .string(password)]), token: token)
        try await call(
            APIPath.captureInterval,
            .object(["employeeId": .string(email), "intervalMinutes": .number(intervalMinutes)]), token: token)
    }

    func reset(_ email: String, to password: String) async throws {
        try await call(
            "/api/employees/\(email)/password", .object(["password": .string(password)]),
            token: try await administratorToken())
    }

    /// What a stopped server has left in its files.
    func sessions(of email: String) throws -> [WorkSession] {
        let value = try JSONReader.value(of: try folder.bytes(of: "data/work_sessions.json"))
        return try (value.array ?? []).map { try WorkSession(json: $0) }.filter { $0.employeeID == email }
    }

    func captures(of email: String) throws -> [Timestamp] {
        let value = try JSONReader.value(of: try folder.bytes(of: "uploads/index.json"))
        return try (value.array ?? []).map { try JSONFields($0) }
            .filter { try $0.text("employeeId") == email }.map { try $0.timestamp("ts") }.sorted()
    }
}
