import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import SocketIO

/// A session's WebSocket.
final class WebSocketTransport: ClientTransport {
    private let configuration: SocketClientConfiguration
    private let context: NIOSSLContext?
    private let loop: any EventLoop
    private let report: Report
    /// Nil where the host is a name.
    private let address: SocketAddress?
    /// Every connection that was begun: a name may have several addresses.
    private var channels: [any Channel] = []
    /// Whether they became WebSockets, until one is connected.
    private var upgrades: [ObjectIdentifier: EventLoopFuture<Bool>] = [:]
    /// The one that speaks WebSocket.
    private var channel: (any Channel)?
    private var isEnded = false

    /// - Parameter context: nil where the connection is not encrypted.
    init(
        _ configuration: SocketClientConfiguration, context: NIOSSLContext?, on loop: any EventLoop,
        report: @escaping Report
    ) {
        self.configuration = configuration
        self.context = context
        self.loop = loop
        self.report = report
        // Nil for a name, which has to be looked up first.
        address = try? SocketAddress(ipAddress: configuration.url.host, port: configuration.url.port)
    }

    func open() {
        let this = NIOLoopBound(self, eventLoop: loop)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try this.value.begin(channel) }
            }
        connect(bootstrap).whenComplete { result in
            switch result {
            case .success(let channel): this.value.connected(channel)
            case .failure(let error): this.value.report(.failed(.unreachable("\(error)")))
            }
        }
    }

    private func connect(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        if let proxy = configuration.proxy { return bootstrap.connect(host: proxy.host, port: proxy.port) }
        // An address needs no resolver, and so none of the threads that it waits on.
        return address.map { bootstrap.connect(to: $0) }
            ?? bootstrap.connect(host: configuration.url.host, port: configuration.url.port)
    }

    private func begin(_ channel: any Channel) throws {
        guard !isEnded else { throw ChannelError.alreadyClosed }
        channels.append(channel)
        if configuration.proxy == nil { try prepare(channel) }
    }

    private func connected(_ channel: any Channel) {
        guard let proxy = configuration.proxy else { return watchUpgrade(of: channel) }
        let this = NIOLoopBound(self, eventLoop: loop)
        let url = configuration.url
        proxy.openTunnel(
            to: url.host, port: url.port, in: channel, within: TimeAmount(configuration.connectTimeout)
        ).whenComplete { result in
            do {
                try result.get()
                try this.value.prepare(channel)
                this.value.watchUpgrade(of: channel)
            } catch {
                this.value.report(.failed(.unreachable("the proxy \(proxy.host):\(proxy.port): \(error)")))
            }
        }
    }

    private func watchUpgrade(of channel: any Channel) {
        upgrades[ObjectIdentifier(channel)]?.whenComplete { [report] result in
            switch result {
            case .success(true): break
            case .success(false): report(.failed(.webSocketRefused))
            case .failure(let error): report(.failed(Self.reason(error)))
            }
        }
        upgrades = [:]
    }

    private static func reason(_ error: any Error) -> ClientCloseReason {
        switch error {
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: .unreachable("\(error)")
        default: .webSocketRefused
        }
    }

    private func prepare(_ channel: any Channel) throws {
        guard !isEnded else { throw ChannelError.alreadyClosed }
        if let context {
            // The name of an address is the address itself, which NIOSSL finds by the connection.
            let name = address == nil ? configuration.url.host : nil
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: name))
        }
        let this = NIOLoopBound(self, eventLoop: loop)
        let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(
            maxFrameSize: min(configuration.maximumMessage, Int(UInt32.max)), enableAutomaticErrorHandling: false
        ) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try this.value.adopt(channel)
                return true
            }
        }
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<Bool>(
            upgradeRequestHead: request, upgraders: [upgrader]
        ) { channel in
            channel.close().map { false }.flatMapErrorThrowing { _ in false }
        }
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: upgrade)
        // The first frames may come with the answer to the upgrade.
        pipeline.leftOverBytesStrategy = .forwardBytes
        upgrades[ObjectIdentifier(channel)] = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: pipeline)
    }

    private var request: HTTPRequestHead {
        var headers = HTTPHeaders([("Host", configuration.url.authority)])
        for (name, value) in configuration.headers { headers.add(name: name, value: value) }
        return HTTPRequestHead(
            version: .http1_1, method: .GET, uri: configuration.target(.webSocket, sid: nil), headers: headers)
    }

    private func adopt(_ channel: any Channel) throws {
        guard !isEnded else { throw ChannelError.alreadyClosed }
        self.channel = channel
        try channel.pipeline.syncOperations.addHandler(
            ClientWebSocketHandler(maximumMessage: configuration.maximumMessage, report: report))
    }

    func poll(sid: String?) {}
    func post(sid: String, _ body: [UInt8]) {}

    func send(_ packets: [EnginePacket]) {
        guard let channel else { return }
        for packet in packets {
            let frame =
                switch packet {
                case .message(let message) where message.kind == .binary:
                    ClientWebSocketHandler.frame(.binary, ByteBuffer(bytes: message.content))
                default: ClientWebSocketHandler.frame(.text, ByteBuffer(bytes: packet.text ?? []))
                }
            channel.write(frame, promise: nil)
        }
        channel.flush()
    }

    func end(_ reason: ClientCloseReason) -> EventLoopFuture<Void> {
        isEnded = true
        let all = channels
        let close: @Sendable () -> Void = { for channel in all { channel.close(promise: nil) } }
        let closed = EventLoopFuture.andAllComplete(all.map(\.closeFuture), on: loop)
        if let channel, reason.canBeTold {
            let limit = loop.scheduleTask(in: TimeAmount(configuration.closeTimeout), close)
            closed.whenComplete { _ in limit.cancel() }
            channel.pipeline.fireUserInboundEventTriggered(ClientWebSocketHandler.Farewell())
        } else {
            close()
        }
        return closed
    }
}

extension ClientCloseReason {
    /// There is somebody to tell that the connection ends.
    fileprivate var canBeTold: Bool {
        switch self {
        case .pingTimeout, .handshakeTimeout, .connectionLost, .unreachable, .webSocketRefused: false
        default: true
        }
    }
}
