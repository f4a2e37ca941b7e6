import Files
import Foundation
import Shared
import TestSupport
import Testing

/// Connections that stay open and ask nothing, until they are closed.
private actor IdleConnections {
    private let queue = BlockingExecutor(label: "connections")
    private var sockets: [RawSocket] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    func open(_ count: Int, to port: Int) throws {
        for _ in 0..<count { sockets.append(try RawSocket(port: port)) }
    }

    func close() { sockets = [] }
}

/// Connections that take descriptors and ask nothing.
@Suite(.timeLimit(.minutes(2)))
struct DescriptorTests {
    /// What the process has open.
    private func descriptors(of process: pid_t) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/fd").count
    }

    /// The processor time of the process so far, in seconds.
    private func processorTime(of process: pid_t) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        let fields = try #require(text.split(separator: ")").last).split(separator: " ")
        let ticks = try #require(Double(fields[11])) + #require(Double(fields[12]))
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    @Test func connectionsThatEndLeaveNothingOpen() async throws {
        let server = try await LiveServer.start()
        let process = try #require(server.processID)
        let before = try descriptors(of: process)
        let idle = IdleConnections()
        for _ in 0..<3 {
            try await idle.open(100, to: server.port)
            await idle.close()
        }
        // A connection that is only silent would be there for 10 s; one that was half-closed was so for 75 s.
        try await server.wait(for: "the descriptors", seconds: 8) { _ in try descriptors(of: process) <= before + 5 }
        _ = await server.stop()
    }

    /// Whatever they are used for: those for files are enough, too.
    @Test func theServerWorksOnWhileConnectionsWait() async throws {
        let server = try await LiveServer.start(descriptors: 100)
        let idle = IdleConnections()
        try await idle.open(120, to: server.port)
        // They go when they have asked nothing for 10 s, and those that wait come in.
        let token = try await server.login()
        try await server.hire("eva@harbour.example", password: LiveServer.password)
        #expect(try await server.presence(token).isEmpty)
        await idle.close()
        #expect(await server.stop() == 0)
        let log = await server.lastWords()
        #expect(log.components(separatedBy: "connections").count == 2, "\(log)")
    }

    @Test func withoutDescriptorsItWaitsForThem() async throws {
        let usual = try await LiveServer.start()
        let files = try descriptors(of: try #require(usual.processID))
        _ = await usual.stop()
        // So few that files and half as many connections take all of them.
        let limit = files + files / 2
        let server = try await LiveServer.start(descriptors: limit)
        let process = try #require(server.processID)
        let idle = IdleConnections()
        try await idle.open(80, to: server.port)
        try await server.wait(for: "the last descriptor") { _ in try descriptors(of: process) >= limit }
        let before = try processorTime(of: process)
        try await Task.sleep(for: .seconds(3))
        let spent = try processorTime(of: process) - before
        #expect(spent < 0.6)
        await idle.close()
        #expect(try await server.curl(APIPath.health, ["--max-time", "60"]).status == 200)
        _ = await server.stop()
        let log = await server.lastWords()
        #expect(log.components(separatedBy: "can be accepted").count == 2, "\(log)")
    }

    @Test func theSoftLimitIsRaisedToTheHardOne() async throws {
        let server = try await LiveServer.start()
        let process = try #require(server.processID)
        let limits = try String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
        let line = try #require(limits.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        #expect(numbers.count == 2 && numbers[0] == numbers[1], "\(line)")
        _ = await server.stop()
    }
}
