import JSON
import Logging
import Settings
import Shared
import SocketIO
import SocketIOClient
import Synchronization

/// The live connection over Socket.IO.
final class SocketLiveConnection: LiveConnecting {
    let events: AsyncStream<LiveEvent>

    private let client: SocketClient
    private let course: Task<Void, Never>

    /// Connects at once.
    ///
    /// - Parameters:
    ///   - access: as it was at the start; a proxy that cannot be used keeps the requests from being answered first.
    ///   - logger: gets what the server says that no server should.
    init(
        to server: BackendURL, access: ServerAccess = ServerAccess(), tokens: @escaping LiveTokens, logger: Logger
    ) {
        let credentials = Credentials(tokens)
        let url = SocketServerURL(isSecure: server.isSecure, host: server.host, port: server.port)
        var configuration = SocketClientConfiguration(url: url, logger: logger) { await credentials.payload() }
        configuration.path = server.path + configuration.path
        configuration.trust = access.trust
        do throws(SettingError) {
            configuration.proxy = try access.proxies.proxy(for: server)?.socket
        } catch {
            logger.warning("The live connection goes without a proxy: \(error)")
        }
        let client = SocketClient(configuration)
        self.client = client
        let (events, continuation) = AsyncStream.makeStream(of: LiveEvent.self)
        self.events = events
        course = Task {
            await Self.follow(client, credentials, logger) { continuation.yield($0) }
            continuation.finish()
        }
    }

    func send(_ message: LiveMessage) async -> Bool {
        do throws(SendRefusal) {
            let name = message.kind.rawValue
            try await client.emitAndWrite(name, message.payload, acknowledgedAs: name)
            return true
        } catch {
            return false
        }
    }

    func close() async {
        course.cancel()
        await client.close()
        await course.value
    }

    /// Tells what happens until the task is cancelled.
    private static func follow(
        _ client: SocketClient, _ credentials: Credentials, _ logger: Logger, tell: (LiveEvent) -> Void
    ) async {
        var pause = RetryPause()
        await client.reconnect()
        for await event in client.events {
            switch event {
            case .connected:
                pause.reset()
                tell(.connected)
            case .refused(let message):
                tell(.refused(message: message.asSaid))
                // The client waits for this, so that no event is missed meanwhile.
                await credentials.waitAfterRefusal(&pause)
                await client.reconnect()
            case .disconnected(let reason): tell(.disconnected(reason: reason.sentence))
            case .event(let event, _):
                if let known = read(event, logger) { tell(known) }
            case .acknowledged(let content, let tag):
                if let known = read(content, of: tag, logger) { tell(known) }
            }
        }
    }

    private static func read(_ event: SocketEvent, _ logger: Logger) -> LiveEvent? {
        do throws(JSONFieldError) {
            return try LiveEvent.received(event.name, event.arguments.first ?? .null)
        } catch {
            logger.warning("An event of the server is not understood: \(event.name.asSaid): \(error)")
            return nil
        }
    }

    private static func read(_ answer: SocketContent, of name: String, _ logger: Logger) -> LiveEvent? {
        guard let kind = LiveMessage.Kind(rawValue: name) else { return nil }
        do throws(JSONFieldError) {
            return .heard(kind, try LiveEvent.watchers(in: answer.values.first ?? .null))
        } catch {
            logger.warning("The server's answer to \(name) is not understood: \(error)")
            return nil
        }
    }
}

/// The token as the payload of a CONNECT.
private final class Credentials: Sendable {
    private let tokens: LiveTokens
    /// What the server was given last.
    private let given = Mutex(String?.none)

    /// How often it is looked whether there is a token, or another one.
    private static let interval: Duration = .seconds(1)

    init(_ tokens: @escaping LiveTokens) {
        self.tokens = tokens
    }

    /// Waits until there is a token. Nil when the task is cancelled before.
    func payload() async -> JSONValue? {
        repeat {
            if let token = await tokens() {
                given.withLock { $0 = token }
                return LiveCredentials(token: token, host: HostName.own).json
            }
        } while await Self.rest()
        return nil
    }

    /// Returns when the same token may be tried again, or there is another one.
    func waitAfterRefusal(_ pause: inout RetryPause) async {
        let start = ContinuousClock.now
        pause.failed(at: .zero, jitter: Double.random(in: 0...1))
        while await Self.rest() {
            let token = await tokens()
            if pause.allows(at: .now - start) || token != given.withLock({ $0 }) { return }
        }
    }

    /// - Returns: false when the task is cancelled.
    private static func rest() async -> Bool {
        do {
            try await Task.sleep(for: interval)
            return true
        } catch {
            return false
        }
    }
}

extension ClientCloseReason {
    /// For a person.
    fileprivate var sentence: String {
        switch self {
        case .closedByClient: "It was closed."
        case .closedByServer, .disconnectedByServer: "The server closed it."
        case .refused: "The server refuses it."
        case .connectionLost: "It broke off."
        case .pingTimeout: "The server has gone silent."
        case .handshakeTimeout: "The server does not answer in time."
        case .unreachable: "The server cannot be reached."
        case .webSocketRefused: "The server does not speak WebSocket."
        case .httpStatus(let status): "The server answers \(status)."
        case .protocolError(let expected): "The server says what is not understood: expected \(expected)."
        case .tooLarge: "The server sent too much at once."
        case .consumerTooSlow: "The server sent more than could be taken."
        }
    }
}
