import ArgumentParser
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import SocketIOServer

/// Says back what it hears: what the protocol's test suites, and other people's clients, are tried against.
@main
struct SocketIOEcho: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A Socket.IO server at /socket.io/ and an Engine.IO server at /engine.io/ that echo, on 127.0.0.1.")

    @Option(help: "The port; 0 takes a free one.")
    var port = 3000

    func run() async throws {
        let logger = Logger(label: "echo")
        let servers = EchoServers(logger: logger)
        let application = Application(
            responder: EchoResponder(servers: servers.all),
            server: HTTPServerBuilder { UpgradableHTTPChannel(responder: $0, servers: servers.all) },
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            onServerRunning: { channel in
                // For whoever waits for it.
                FileOutput.line("listening on port \(channel.localAddress?.port ?? 0)")
            }, logger: logger)
        try await application.runService()
    }
}

/// Every request that is not for a server is answered with 404.
private struct EchoResponder: HTTPResponder {
    let servers: [EngineServer]

    func respond(to request: Request, context: EchoContext) async throws -> Response {
        guard let server = servers.first(where: { $0.owns(request.uri.path) }) else {
            return Response(status: .notFound)
        }
        return await server.respond(to: request, channel: context.channel)
    }
}

private struct EchoContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}
