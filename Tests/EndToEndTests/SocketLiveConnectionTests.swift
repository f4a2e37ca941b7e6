import Logging
import Shared
import Synchronization
import TestSupport
import Testing

@testable import TrackerTUI

/// The employee's live connection, without the rest of the client.
@Suite(.timeLimit(.minutes(5)))
struct SocketLiveConnectionTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    private func connection(to server: LiveServer, _ token: Token) throws -> SocketLiveConnection {
        SocketLiveConnection(
            to: try #require(BackendURL(server.url)), tokens: { token.text }, logger: Logger(label: "test"))
    }

    @Test func itConnectsOnceThereIsATokenThatTheServerTakes() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let valid = try await server.login(mira, password)
        let token = Token()
        let connection = try connection(to: server, token)
        var events = connection.events.makeAsyncIterator()
        let end = LiveMessage.terminate(LiveViewTerminate(by: mira))
        #expect(await connection.send(end) == false)
        token.text = "no token of this server"
        #expect(await events.next() == .refused(message: LiveCredentials.refusal))
        token.text = valid
        var event = await events.next()
        // On a slow machine the old one is tried once more before.
        while case .refused = event { event = await events.next() }
        try #require(event == .connected)
        #expect(await events.next() == .intervalAssigned(.init(employeeID: mira, interval: .seconds(120))))
        try #require(await connection.send(end))
        #expect(await events.next() == .heard(.terminate, .init(watchers: [])))
        await server.crash()
        #expect(await events.next() == .disconnected(reason: "It broke off."))
        #expect(await connection.send(end) == false)
        try await server.restart()
        #expect(await events.next() == .connected)
        await connection.close()
        #expect(await connection.send(end) == false)
    }

    @Test func itEndsAlsoBeforeThereIsAnything() async throws {
        let server = try await LiveServer.start()
        let token = Token()
        let waiting = try connection(to: server, token)
        await waiting.close()
        for await event in waiting.events { Issue.record("\(event)") }
        token.text = "no token of this server"
        let refused = try connection(to: server, token)
        var events = refused.events.makeAsyncIterator()
        #expect(await events.next() == .refused(message: LiveCredentials.refusal))
        await refused.close()
        while let event = await events.next() { #expect(event == .refused(message: LiveCredentials.refusal)) }
    }
}

/// What the client knows as its token.
private final class Token: Sendable {
    private let value = Mutex(String?.none)

    var text: String? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
