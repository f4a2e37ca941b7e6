import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes a connection whose request takes too long to arrive, whether a route reads its body, the framework throws it
/// away, or nobody looks at it.
final class RequestDeadlineHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let deadlines: Deadlines
    private var deadline: Scheduled<Void>?

    init(_ deadlines: Deadlines) {
        self.deadlines = deadlines
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            let channel = context.channel
            let limit = head.headerFields.mediaType == "application/json" ? deadlines.jsonBody : deadlines.upload
            deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
        case .body: break
        case .end: cancel()
        }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { cancel() }

    private func cancel() {
        deadline?.cancel()
        deadline = nil
    }
}

extension HTTPFields {
    /// The value of the first header of that name; unlike the subscript it does not look for more, to join them.
    func first(_ name: HTTPField.Name) -> String? {
        for field in self where field.name == name { return field.value }
        return nil
    }

    /// True when the header stands more than once.
    func isRepeated(_ name: HTTPField.Name) -> Bool {
        var isThere = false
        for field in self where field.name == name {
            if isThere { return true }
            isThere = true
        }
        return false
    }

    /// The type of the content in lower case, without parameters.
    var mediaType: String? {
        guard let type = first(.contentType) else { return nil }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let bytes = type.utf8.prefix { $0 != UInt8(ascii: ";") }.drop(while: isSpace)
        let end = bytes.lastIndex { !isSpace($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(Substring(bytes[..<end])).lowercased()
    }
}
