import JSON
import SocketIO
import Testing

@testable import SocketIOClient

/// A client whose stream a test reads, event by event.
struct Listening {
    let client: SocketClient
    private var events: AsyncStream<SocketClientEvent>.Iterator

    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter adjust: what the test wants different; waits are short.
    init(
        port: Int, scheme: String = "http", host: String = "127.0.0.1",
        _ adjust: (inout SocketClientConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = SocketClientConfiguration(
            url: try #require(SocketServerURL("\(scheme)://\(host):\(port)")))
        configuration.reconnectionDelay = ReconnectionDelay(minimum: .milliseconds(20), maximum: .milliseconds(200))
        adjust(&configuration)
        client = SocketClient(configuration)
        events = client.events.makeAsyncIterator()
    }

    mutating func next() async throws -> SocketClientEvent {
        guard let event = await events.next() else { throw Unexpected(description: "the stream has ended") }
        return event
    }

    mutating func hasEnded() async -> Bool { if await events.next() == nil { true } else { false } }

    @discardableResult
    mutating func connected() async throws -> EngineTransport {
        guard case .connected(let sid, let transport) = try await skipped("connected"), !sid.isEmpty else {
            throw Unexpected(description: "not connected")
        }
        return transport
    }

    mutating func event(_ name: String) async throws -> (SocketEvent, SocketAcknowledgement?) {
        guard case .event(let event, let acknowledge) = try await skipped("the event \(name)"), event.name == name
        else {
            throw Unexpected(description: "another event than \(name)")
        }
        return (event, acknowledge)
    }

    mutating func disconnected() async throws -> ClientCloseReason {
        let event = try await next()
        guard case .disconnected(let reason) = event else { throw Unexpected(description: "\(event)") }
        return reason
    }

    /// The next event but the server's `auth`, which it sends after every connect.
    private mutating func skipped(_ expected: String) async throws -> SocketClientEvent {
        while true {
            let event = try await next()
            switch event {
            case .event(let event, _) where event.name == "auth" && expected != "the event auth": continue
            case .disconnected, .refused: throw Unexpected(description: "\(event) instead of \(expected)")
            default: return event
            }
        }
    }
}
