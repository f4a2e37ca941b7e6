import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

@testable import TrackerTUI

/// An HTTP server on a free port that answers every request alike and remembers what it was asked.
struct TinyServer: Sendable {
    struct Request: Sendable {
        var line = ""
        var headers: [String: String] = [:]
        var body = ""
    }

    struct Answer: Sendable {
        var status = 200
        var headers: [String: String] = [:]
        var body = ""
    }

    private final class Memory: Sendable {
        let requests = Mutex<[Request]>([])
    }

    private let memory = Memory()

    var requests: [Request] { memory.requests.withLock { $0 } }

    /// Serves while `body` runs, with a client of it.
    static func run<Value: Sendable>(
        _ answer: Answer, _ body: (TinyServer, TrackerClient) async throws -> Value
    ) async throws -> Value {
        let server = TinyServer()
        let channel = try await server.listen(answer)
        let http = TrackerClient.makeHTTPClient()
        let result: Result<Value, any Error>
        do {
            let port = channel.localAddress?.port ?? 0
            guard let url = BackendURL("http://127.0.0.1:\(port)/prefix") else {
                throw ChannelError.unknownLocalAddress
            }
            result = .success(try await body(server, TrackerClient(server: url, http: http)))
        } catch {
            result = .failure(error)
        }
        try await http.shutdown()
        try await channel.close()
        return try result.get()
    }

    private func listen(_ answer: Answer) async throws -> any Channel {
        let memory = memory
        return try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline().flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer: answer, memory: memory))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answer: Answer
        private let memory: Memory
        private var request = Request()

        init(answer: Answer, memory: Memory) {
            self.answer = answer
            self.memory = memory
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(line: "\(head.method) \(head.uri)")
                for (name, value) in head.headers { request.headers[name.lowercased()] = value }
            case .body(let buffer):
                request.body += String(buffer: buffer)
            case .end:
                memory.requests.withLock { $0.append(request) }
                respond(context)
            }
        }

        private func respond(_ context: ChannelHandlerContext) {
            var head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status))
            for (name, value) in answer.headers { head.headers.add(name: name, value: value) }
            head.headers.replaceOrAdd(name: "Content-Length", value: "\(answer.body.utf8.count)")
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
