import HTTPTypes
import JSON
import NIOCore
import NIOHTTPTypes
import Shared

/// Gives the answer to a request that is no HTTP the form of every other error: JSON.
///
/// The framework answers such a request with an empty 400 before it reaches a route; no route answers without a body.
final class MalformedRequestHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headerFields[.contentLength] == "0"
        else {
            context.write(data, promise: promise)
            return
        }
        head.headerFields[.contentType] = Self.contentType
        head.headerFields[.contentLength] = String(Self.body.readableBytes)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(Self.body)), promise: promise)
    }

    static let contentType = "application/json; charset=utf-8"
    static let body: ByteBuffer = {
        let error = APIError(
            .badRequest, "This is not a valid HTTP/1.1 request with one Host, or its headers are too large.")
        return ByteBuffer(bytes: JSONWriter.bytes(of: error.json, .compact) + [UInt8(ascii: "\n")])
    }()
}
