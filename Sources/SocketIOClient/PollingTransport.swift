import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import SocketIO

/// A session's long polling.
final class PollingTransport: ClientTransport {
    private let configuration: SocketClientConfiguration
    private let loop: any EventLoop
    private let report: Report
    private let http: HTTPClient
    /// One of each kind at most: the session asks for the next when it has the answer.
    private var polling: Task<Void, Never>?
    private var posting: Task<Void, Never>?
    private var isEnded = false

    /// - Parameter tls: nil where the connection is not encrypted.
    init(
        _ configuration: SocketClientConfiguration, tls: TLSConfiguration?, on loop: any EventLoop,
        report: @escaping Report
    ) {
        self.configuration = configuration
        self.loop = loop
        self.report = report
        // A redirection could carry the token somewhere else. A poll waits as long as the session lets it.
        var settings = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(configuration.connectTimeout)))
        settings.proxy = configuration.proxy?.configuration
        settings.httpVersion = .http1Only
        settings.connectionPool.retryConnectionEstablishment = false
        http = HTTPClient(eventLoopGroupProvider: .shared(loop), configuration: settings)
    }

    func open() {}

    func poll(sid: String?) {
        polling = request(.GET, sid: sid, body: nil) { status, body in .pollAnswered(status: status, body: body) }
    }

    func post(sid: String, _ body: [UInt8]) {
        posting = request(.POST, sid: sid, body: body) { status, _ in .postAnswered(status: status) }
    }

    func send(_ packets: [EnginePacket]) {}

    private func request(
        _ method: HTTPMethod, sid: String?, body: [UInt8]?,
        _ answered: @escaping @Sendable (Int, [UInt8]) -> EngineClientSession.Input
    ) -> Task<Void, Never>? {
        guard !isEnded else { return nil }
        var request = HTTPClientRequest(url: configuration.url.origin + configuration.target(.polling, sid: sid))
        request.method = method
        for (name, value) in configuration.headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "text/plain;charset=UTF-8")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let limit = configuration.maximumAnswer
        let isFirst = sid == nil
        return Task { [http, loop, report, request] in
            let input: EngineClientSession.Input
            do {
                let answer = try await http.execute(request, timeout: .hours(24))
                let body = try await answer.body.collect(upTo: limit)
                input = answered(Int(answer.status.code), Array(body.readableBytesView))
            } catch is NIOTooManyBytesError {
                input = .failed(.tooLarge)
            } catch {
                input = .failed(isFirst ? .unreachable("\(error)") : .connectionLost)
            }
            loop.execute { report(input) }
        }
    }

    func end(_ reason: ClientCloseReason) -> EventLoopFuture<Void> {
        isEnded = true
        let ended = loop.makePromise(of: Void.self)
        let tasks = [polling, posting].compactMap(\.self)
        (polling, posting) = (nil, nil)
        for task in tasks { task.cancel() }
        Task { [http, logger = configuration.logger] in
            for task in tasks { await task.value }
            do {
                try await http.shutdown()
            } catch {
                logger.warning("Connections of long polling may stay", metadata: ["error": "\(error)"])
            }
            ended.succeed()
        }
        return ended.futureResult
    }
}
