import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTPTypes
import Shared

/// Reads a request's body once, within limits of size and time.
struct BodyReader: Sendable {
    let request: Request
    let context: TrackerRequestContext
    /// The longest body that is read, in bytes.
    let limit: Int
    /// The limit that its sender knows: that of the image in a form, which is a little longer.
    let statedLimit: Int
    let deadlines: Deadlines
    /// What it comes with; nil where nothing is needed.
    private let sender: Proof?
    private let tokens: TokenWatch
    /// Its length, where the sender has said it.
    let announcedLength: Int?

    init(
        request: Request, context: TrackerRequestContext, limit: Int, statedLimit: Int, deadlines: Deadlines,
        sender: Proof?, tokens: TokenWatch
    ) {
        self.sender = sender
        self.tokens = tokens
        self.request = request
        self.context = context
        self.limit = limit
        self.statedLimit = statedLimit
        self.deadlines = deadlines
        announcedLength = request.headers.first(.contentLength).flatMap { Int($0) }
    }

    /// True when the sender has announced neither a length nor chunks.
    var isEmpty: Bool {
        request.headers.first(.transferEncoding) == nil && (announcedLength ?? 0) == 0
    }

    /// Refuses a body that is announced to be too long before anything else of it is looked at.
    func checkAnnouncedLength() async throws {
        guard let length = announcedLength, length > limit else { return }
        if !expectsContinue { await discard(request.body.makeAsyncIterator(), upTo: Limits.discardedBody) }
        throw PayloadTooLarge(limit: statedLimit)
    }

    /// Hands the body's chunks to `consume`, in order.
    /// - Throws: ``PayloadTooLarge`` when it is longer than ``limit``; ``SenderNotValid`` as soon as the sender's token has ended;
    ///   what `consume` throws, after which the rest is thrown away so that the connection can go on.
    func read(_ consume: (ByteBuffer) async throws -> Void) async throws {
        let hold = sender.map { tokens.hold($0, end: breakOff) }
        defer { hold?.release() }
        if expectsContinue {
            try await context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
        }
        var count = 0
        var iterator = request.body.makeAsyncIterator()
        while let chunk = try await next(&iterator) {
            count += chunk.readableBytes
            guard count <= limit else {
                await discard(iterator, upTo: Limits.discardedBody)
                throw PayloadTooLarge(limit: statedLimit)
            }
            try await consume(chunk)
        }
    }

    /// Wakes who waits for more of the body.
    private func breakOff(_ hold: TokenWatch.Hold) {
        let channel = context.channel
        channel.eventLoop.execute {
            // Not where the body has come to its end meanwhile: the connection may serve somebody else already.
            guard hold.isEnded else { return }
            channel.pipeline.fireErrorCaught(SenderNotValid(reason: tokens.refusal(of: hold)))
        }
    }

    /// The connection's own errors mean one thing: the sender went away, or sent what is no HTTP.
    private func next(_ iterator: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await iterator.next()
        } catch let error as SenderNotValid {
            throw error
        } catch {
            throw IncompleteBody(reason: String(describing: error))
        }
    }

    /// Clients that wait for `100 Continue` send nothing before it (RFC 9110, section 10.1.1).
    private var expectsContinue: Bool {
        request.headers.first(.expect)?.lowercased() == "100-continue"
    }

    private func discard(_ iterator: RequestBody.AsyncIterator, upTo limit: Int) async {
        var iterator = iterator
        let channel = context.channel
        let deadline = channel.eventLoop.scheduleTask(in: deadlines.discardedBody) {
            channel.close(promise: nil)
        }
        defer { deadline.cancel() }
        var count = 0
        do {
            while count < limit, let chunk = try await iterator.next() {
                count += chunk.readableBytes
            }
        } catch {
            // The sender is gone; there is nobody left to answer.
        }
    }
}

/// A body that broke off: answered with 400, for those who can still hear it, after which the connection is closed.
struct IncompleteBody: Error, Sendable {
    let reason: String
}

/// The sender's token ended while the body arrived: answered with 401, after which the connection is closed.
struct SenderNotValid: Error, Sendable {
    let reason: APIError
}

/// A body that is longer than it may be: answered with 413, after which the connection is closed.
struct PayloadTooLarge: Error, Sendable {
    let limit: Int
}

/// A body that is compressed, or encoded in another way: answered with 415, and with the only coding that is taken (RFC 9110,
/// sections 12.5.3 and 15.5.16).
struct EncodedBody: Error, Sendable {}
