import NIOCore
import NIOHTTP1

/// Decodes the requests of a connection one at a time: the next one when the one before is answered and other connections
/// have had their turn. While a request waits for its answer nothing is read behind the first bytes that come, so that what a
/// client may send ahead is what two reads take.
///
/// Stands between the encoder and the ``WebSocketGate``, which says what the decoder found. Bytes over 0x7F in a request's
/// target, which the decoder refuses, count as if they were escaped. Answers take their last form here: the headers that
/// every one has, and no chunks for clients of HTTP/1.0 (RFC 9112, sections 6.1 and 9.6).
final class RequestReader: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let configuration: UpgradableHTTPChannel.Configuration
    private var decoder: HTTPRequestDecoder
    private var bounds = RequestBounds()
    /// What is not decoded, and the ``seen`` bytes that the decoder wants to see once more.
    private var buffer = ByteBuffer()
    private var seen = 0
    /// The head whose answer has not ended.
    private var unanswered: HTTPRequestHead?
    /// The head of its answer is written, the end is not.
    private var isAnswering = false
    /// How many answers may follow what is no HTTP; nil as long as all is.
    private var answersLeft: Int?
    /// Nobody is to hear what is written.
    private var isMute = false
    /// No more requests are decoded.
    private var isStopped = false
    private var isDecoding = false
    private var needsDecoder = false
    private var wantsToRead = false
    /// The client has closed its side, which those behind hear once all that came before is decoded.
    private var inputHasEnded = false
    private var isEndTold = false
    /// The last answer has been given.
    private var isClosing = false
    /// The connection has become another protocol's, and this is on its way out.
    private var isHandedOver = false
    private var removal: ChannelHandlerContext.RemovalToken?
    /// The next request waits for its turn.
    private var isWaiting = false
    private var isRemoved = false
    /// Ends a connection that goes on sending a body after its answer, or stays open after its last one.
    private var farewell: Scheduled<Void>?

    init(_ configuration: UpgradableHTTPChannel.Configuration) {
        self.configuration = configuration
        decoder = Self.makeDecoder(configuration)
    }

    private static func makeDecoder(_ configuration: UpgradableHTTPChannel.Configuration) -> HTTPRequestDecoder {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = configuration.maxHeaderSize
        limits.maxHeaderListSize = configuration.maxHeaderSize
        limits.maxHeaderFieldCount = configuration.maxHeaderCount
        return HTTPRequestDecoder(limitConfiguration: limits)
    }

    // MARK: What the gate says, while bytes are decoded

    func began(_ head: HTTPRequestHead) { unanswered = head }

    func ended() {
        bounds.end()
        guard !isClosing else { return }
        farewell?.cancel()
        farewell = nil
    }

    /// Another protocol was asked for and is not spoken: the decoder has stopped, and a new one goes on.
    func renewDecoder() { needsDecoder = true }

    /// Nothing after this request is one. What comes behind it is kept for whoever takes the connection over.
    func stop() { isStopped = true }

    /// What is written from now on is no HTTP.
    func handOver() {
        stop()
        isHandedOver = true
    }

    // MARK: Bytes

    func handlerAdded(context: ChannelHandlerContext) { decoder.decoderAdded(context: context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if buffer.readableBytes == 0 {
            buffer = bytes
        } else {
            buffer.writeBuffer(&bytes)
        }
        decode(context)
    }

    /// True when bytes that come are those of a request whose turn it is.
    private var mayDecode: Bool { !isStopped && !isWaiting && (!bounds.isAtStart || unanswered == nil) }

    private func decode(_ context: ChannelHandlerContext) {
        guard !isDecoding else { return }
        isDecoding = true
        while mayDecode, buffer.readableBytes > seen {
            guard decodeNext(nextCount(), context) else { break }
            if bounds.isAtStart, unanswered != nil || buffer.readableBytes > 0 { break }
        }
        isDecoding = false
        if removal != nil { return leave(context) }
        goOn(context)
    }

    /// How many bytes the decoder gets at a time: a head, or what there is of a body.
    private func nextCount() -> Int {
        let wasInLine = bounds.isInLine
        var count = take(from: seen)
        guard wasInLine else { return count }
        count = escapeLine(count)
        return bounds.isInLine ? count : count + take(from: seen + count)
    }

    private func take(from start: Int) -> Int {
        buffer.withUnsafeReadableBytes { bounds.take(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    /// - Returns: false when the bytes are no HTTP.
    private func decodeNext(_ count: Int, _ context: ChannelHandlerContext) -> Bool {
        guard var piece = buffer.getSlice(at: buffer.readerIndex, length: seen + count) else { return false }
        let hadHead = unanswered != nil
        do {
            _ = try decoder.decode(context: context, buffer: &piece)
        } catch {
            refuse(error, context)
            return false
        }
        buffer.moveReaderIndex(forwardBy: seen + count - piece.readableBytes)
        seen = piece.readableBytes
        if buffer.readableBytes == 0 { buffer = ByteBuffer() }
        if needsDecoder { replaceDecoder(context) }
        if !hadHead, let head = unanswered, !bounds.isAtStart { beginBody(of: head) }
        return true
    }

    private func beginBody(of head: HTTPRequestHead) {
        if head.headers.contains(name: "transfer-encoding") {
            bounds.beginBody(.chunks)
        } else {
            bounds.beginBody(.length(head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0))
        }
    }

    /// Those who handle HTTP answer it, whether the request that a broken body belongs to has had its answer or not: a second one
    /// would be taken for that of the next request.
    private func refuse(_ error: any Error, _ context: ChannelHandlerContext) {
        let isAnswered = bounds.isInBody && (unanswered == nil || isAnswering)
        answersLeft = answersLeft ?? (isAnswered ? 0 : 1)
        stop()
        context.fireErrorCaught(error)
    }

    private func replaceDecoder(_ context: ChannelHandlerContext) {
        needsDecoder = false
        decoder.decoderRemoved(context: context)
        decoder = Self.makeDecoder(configuration)
        decoder.decoderAdded(context: context)
        seen = 0
    }

    /// Escapes the bytes over 0x7F among those that come next.
    /// - Returns: how many there are then.
    private func escapeLine(_ count: Int) -> Int {
        let isASCII = buffer.withUnsafeReadableBytes { bytes in
            bytes[seen..<seen + count].allSatisfy { $0 <= 0x7F }
        }
        guard !isASCII else { return count }
        let bytes = buffer.readableBytesView
        let (line, end) = (bytes.startIndex + seen, bytes.startIndex + seen + count)
        let digits = Array("0123456789ABCDEF".utf8)
        let escaped = bytes[line..<end].flatMap { byte in
            byte > 0x7F ? [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]] : [byte]
        }
        var whole = ByteBuffer()
        whole.writeBytes(bytes[..<line])
        whole.writeBytes(escaped)
        whole.writeBytes(bytes[end...])
        buffer = whole
        return escaped.count
    }

    // MARK: Turns

    func read(context: ChannelHandlerContext) {
        // Most clients send nothing ahead: to cease to look at them while they wait would cost two calls of the system each time.
        if mayDecode || isHandedOver || !isStopped && buffer.readableBytes == 0 {
            context.read()
        } else {
            wantsToRead = true
        }
    }

    /// After a request, or its answer: on to what comes next.
    private func goOn(_ context: ChannelHandlerContext) {
        guard mayDecode, !isDecoding else { return endInput(context) }
        if bounds.isAtStart, buffer.readableBytes > 0 {
            giveTurn(context)
        } else if wantsToRead, !inputHasEnded {
            wantsToRead = false
            context.read()
        }
        endInput(context)
    }

    private func giveTurn(_ context: ChannelHandlerContext) {
        isWaiting = true
        LoopTurns.of(context.eventLoop).wait(isLong: true) {
            self.isWaiting = false
            guard !self.isRemoved else { return }
            self.decode(context)
            context.fireChannelReadComplete()
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isHandedOver else { return context.write(data, promise: promise) }
        let part = unwrapOutboundIn(data)
        if case .head(let head) = part, head.status.code >= 200, let left = answersLeft {
            isMute = left == 0
            answersLeft = max(0, left - 1)
        }
        guard !isMute else {
            promise?.succeed()
            return
        }
        switch part {
        case .head(let head): write(head, context, promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            (unanswered, isAnswering) = (nil, false)
            if !bounds.isAtStart, !isStopped, farewell == nil {
                sayFarewell(in: configuration.answeredBodyTimeout, context)
            }
            goOn(context)
        }
    }

    private func write(_ head: HTTPResponseHead, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let isOld = unanswered.map { $0.isOld } ?? false
        if head.status.code < 200 {
            // Clients of HTTP/1.0 know no answer before the answer (RFC 9110, section 15.2).
            guard isOld else { return context.write(wrapOutboundOut(.head(head)), promise: promise) }
            promise?.succeed()
            return
        }
        isAnswering = true
        var head = head
        for (name, value) in configuration.headers where !head.headers.contains(name: name) {
            head.headers.add(name: name, value: value)
        }
        if isOld { head.version = .http1_0 }
        if let unanswered, isOld || !unanswered.isKeepAlive {
            head.headers.replaceOrAdd(name: "connection", value: "close")
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    private func sayFarewell(in time: TimeAmount, _ context: ChannelHandlerContext) {
        let channel = context.channel
        farewell?.cancel()
        farewell = context.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    // MARK: The end

    /// Once everything is written, the client gets a moment to close its side.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, !isHandedOver else { return context.close(mode: mode, promise: promise) }
        isClosing = true
        let closing = promise ?? context.eventLoop.makePromise()
        closing.futureResult.assumeIsolated().whenSuccess { [weak self] in
            guard let self, context.channel.isActive else { return }
            sayFarewell(in: configuration.closingTimeout, context)
        }
        context.close(mode: .output, promise: closing)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        inputHasEnded = true
        endInput(context)
    }

    /// Tells of the end of what the client says behind all that it said.
    private func endInput(_ context: ChannelHandlerContext) {
        guard inputHasEnded, !isEndTold, !isDecoding else { return }
        if !bounds.isAtStart {
            guard !isStopped else { return }
            refuse(HTTPParserError.invalidEOFState, context)
        } else if buffer.readableBytes > 0, !isStopped {
            return
        }
        isEndTold = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func channelInactive(context: ChannelHandlerContext) {
        // What has come of a body must not pass for all of it.
        if !bounds.isAtStart, unanswered != nil, !isStopped { refuse(HTTPParserError.invalidEOFState, context) }
        stop()
        context.fireChannelInactive()
    }

    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        handOver()
        removal = removalToken
        if !isDecoding { leave(context) }
    }

    private func leave(_ context: ChannelHandlerContext) {
        guard let removal else { return }
        let rest = buffer
        buffer = ByteBuffer()
        if rest.readableBytes > 0 { context.fireChannelRead(NIOAny(rest)) }
        context.fireChannelReadComplete()
        if inputHasEnded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
        if wantsToRead { context.read() }
        context.leavePipeline(removalToken: removal)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isRemoved = true
        farewell?.cancel()
        decoder.decoderRemoved(context: context)
    }
}

extension HTTPRequestHead {
    /// Of HTTP/1.0, which knows neither chunks nor hosts nor connections that stay open.
    var isOld: Bool { version.minor < 1 }
}
