import Foundation
import JSON
import Logging
import NIOCore
import SocketIO
import SocketIOServer

/// Both servers, with times short enough for tests.
struct EchoServers: Sendable {
    private let socketIO: SocketIOServer
    private let engineIO: EngineServer

    var all: [EngineServer] { [socketIO.engine, engineIO] }

    init(logger: Logger) {
        let engine = EngineConfiguration(
            pingInterval: .milliseconds(300), pingTimeout: .milliseconds(200), maxPayload: 1_000_000)
        socketIO = SocketIOServer(
            .init(
                engine: .init(engine: engine, path: "/socket.io/"), namespaces: ["/", "/custom"],
                connectTimeout: .milliseconds(1500)),
            application: Echo(), logger: logger)
        engineIO = EngineServer(.init(engine: engine, path: "/engine.io/"), logger: logger) { socket, _ in
            EngineEcho(socket)
        }
    }
}

private final class EngineEcho: EngineHandler {
    private let socket: EngineSocket

    init(_ socket: EngineSocket) {
        self.socket = socket
    }

    func received(_ message: EngineMessage) { socket.send([message]) }
    func closed(_ reason: EngineCloseReason) {}
}

/// `auth` with the CONNECT payload after a CONNECT; `message` comes back as `message-back`; `message-with-ack` is
/// acknowledged with its arguments.
private struct Echo: SocketIOApplication {
    /// The test suites listen for one message at a time: of two that arrive in one read they would miss the second.
    private static let pause = TimeAmount.milliseconds(10)

    func connected(_ socket: Socket) {
        let event = OutgoingEvent("auth", [socket.context as? JSONValue ?? .object([:])], namespace: socket.namespace)
        socket.eventLoop.scheduleTask(in: Self.pause) { socket.emit(event) }
    }

    func received(_ event: SocketEvent, from socket: Socket, acknowledge: Acknowledgement?) {
        switch event.name {
        case "message":
            socket.emit(
                OutgoingEvent(
                    "message-back", event.arguments, attachments: event.content.attachments, namespace: socket.namespace
                ))
        case "message-with-ack": acknowledge?(event.arguments, attachments: event.content.attachments)
        default: break
        }
    }

    func disconnected(_ socket: Socket) {}
}

enum FileOutput {
    /// At once, also into a pipe.
    static func line(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
}
