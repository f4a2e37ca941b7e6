import Dispatch
import JSON
import Shared
import Testing

@testable import TrackerServer

/// More passwords than can be hashed.
@Suite struct HashFloodTests {
    /// Waits until the server has so many passwords waiting.
    private func waitFor(_ server: TestServer, _ isThere: (Int) -> Bool) async throws {
        let hasher = server.environment.accounts.hasher
        while !isThere(hasher.waiting) { try await Task.sleep(for: .milliseconds(1)) }
    }

    private func login(_ email: String, _ password: String = TestServer.password) -> String {
        let body = JSONText.object(["email": .string(email), "password": .string(password)])
        return "POST \(APIPath.login) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Claims that keep all threads until they are told to go.
    private func hold(_ server: TestServer) async -> [DispatchSemaphore] {
        var held: [DispatchSemaphore] = []
        for number in 0..<PasswordHasher.threadCount {
            let (begun, begin) = AsyncStream.makeStream(of: Void.self)
            let go = DispatchSemaphore(value: 0)
            let claim = HashQueue.Claim(line: .employees, network: "held", account: "held\(number)", isGuess: true)
            Task {
                try await server.environment.accounts.hasher.run(claim, for: nil) {
                    begin.finish()
                    go.wait()
                }
            }
            for await _ in begun {}
            held.append(go)
        }
        return held
    }

    @Test func loginsBeyondTheBoundAreToldSoAndThoseOfClosedConnectionsAreDropped() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            _ = try await server.admin()
            let held = await hold(server)
            defer { for go in held { go.signal() } }
            var wires: [Wire] = []
            for number in 1...HashQueue.placesOfAccount {
                let wire = try Wire(port: server.port)
                try await wire.send(login("eva@example.org"))
                try await waitFor(server) { $0 == number }
                wires.append(wire)
            }
            for _ in 0..<10 {
                let reply = try await server.post(
                    APIPath.login, #"{"email": "eva@example.org", "password": "\#(TestServer.password)"}"#)
                try reply.expectError(503, "busy")
                #expect(reply["retry-after"] == "5")
            }
            let admin = Task { try await server.admin() }
            try await waitFor(server) { $0 == HashQueue.placesOfAccount + 1 }
            for wire in wires { await wire.close() }
            try await waitFor(server) { $0 == 1 }
            held[0].signal()
            _ = try await admin.value
            #expect(server.environment.accounts.hasher.waiting == 0)
        }
    }

    /// Whoever has said everything is not gone.
    @Test func aSenderThatEndsItsSideBeforeItsTurnIsAnswered() async throws {
        try await TestServer.run { server in
            let wire = try Wire(port: server.port)
            try await wire.send(login(TestServer.admin))
            await wire.endSending()
            try await wire.reply().expect(200)
        }
    }
}
