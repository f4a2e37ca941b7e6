import NIOCore
import NIOEmbedded
import NIOHTTP1
import TestSupport
import Testing

@testable import SocketIOServer

/// One request at a time, however they arrive.
struct RequestReaderTests {
    /// Notes what is decoded, and tells the reader as the gate does.
    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        let reader: RequestReader
        var heard: [String] = []
        var error: (any Error)?
        var isEnded = false

        init(_ reader: RequestReader) { self.reader = reader }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                reader.began(head)
                heard.append("\(head.method) \(head.uri)")
            case .body(let bytes):
                let text = String(buffer: bytes)
                if heard.last?.hasPrefix("body ") == true {
                    heard[heard.count - 1] += text
                } else {
                    heard.append("body " + text)
                }
            case .end:
                reader.ended()
                heard.append("end")
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { self.error = error }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event as? ChannelEvent == .inputClosed { isEnded = true }
        }
    }

    private struct Connection {
        let channel: EmbeddedChannel
        let listener: Listener
        let reads = ReadCounter()

        init(_ configuration: UpgradableHTTPChannel.Configuration = .init()) throws {
            let reader = RequestReader(configuration)
            listener = Listener(reader)
            channel = EmbeddedChannel(handlers: [reads, reader, listener])
            try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        }

        func receive(_ text: String) throws { try channel.writeInbound(ByteBuffer(string: text)) }

        func answer() throws {
            try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok)))
            try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        }

        func wait(_ time: TimeAmount = .seconds(1)) { channel.embeddedEventLoop.advanceTime(by: time) }

        func endInput() { channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    }

    private let get = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
    private let post = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
    private let chunked =
        "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "3;x=\"y\"\r\none\r\nc\r\n\r\nGET / HTTP\r\n0\r\nT: v\r\n\r\n"
    private let heardOfPost = ["POST /b", "body hello", "end"]
    private let heardOfChunked = ["POST /c", "body one\r\nGET / HTTP", "end"]

    @Test func theNextRequestWaitsForTheAnswerAndForItsTurn() throws {
        for (first, heard) in [(get, ["GET /a", "end"]), (post, heardOfPost), (chunked, heardOfChunked)] {
            let connection = try Connection()
            try connection.receive(first + get)
            #expect(connection.listener.heard == heard)
            connection.wait()
            #expect(connection.listener.heard == heard)
            try connection.answer()
            // Others are served in between: nothing happens before the event loop has looked at them.
            #expect(connection.listener.heard == heard)
            connection.wait()
            #expect(connection.listener.heard == heard + ["GET /a", "end"])
        }
    }

    @Test func onceSomethingHasComeAheadNothingIsReadWhileAnAnswerIsDue() throws {
        let connection = try Connection()
        try connection.receive(get)
        connection.channel.read()
        #expect(connection.reads.count == 1)
        try connection.receive(get)
        connection.channel.read()
        #expect(connection.reads.count == 1)
        try connection.answer()
        #expect(connection.reads.count == 1)
        connection.wait()
        try connection.answer()
        #expect(connection.reads.count == 2)
        // A body is asked for while it is due.
        try connection.receive(String(post.dropLast(2)))
        connection.channel.read()
        #expect(connection.reads.count == 3)
    }

    /// The bytes of four requests in pieces of every length: the same is heard, one request after each answer.
    @Test(arguments: 1...60)
    func requestsMayArriveInPieces(length: Int) throws {
        let connection = try Connection()
        var rest = Substring("\r\n" + get + chunked + "\r\n" + post + get)
        var answers = 0
        while !rest.isEmpty {
            try connection.receive(String(rest.prefix(length)))
            rest = rest.dropFirst(length)
            while connection.listener.heard.filter({ $0 == "end" }).count > answers {
                answers += 1
                try connection.answer()
                connection.wait()
            }
        }
        #expect(connection.listener.heard == ["GET /a", "end"] + heardOfChunked + heardOfPost + ["GET /a", "end"])
        #expect(connection.listener.error == nil)
    }

    @Test(arguments: 1...12)
    func bytesOverASCIIInTheTargetCountAsEscaped(length: Int) throws {
        let connection = try Connection()
        var rest = Array("GET /Tomás?x=é% HTTP/1.1\r\nHost: x\r\nX-Name: é\r\n\r\n".utf8)[...]
        while !rest.isEmpty {
            try connection.channel.writeInbound(ByteBuffer(bytes: rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        #expect(connection.listener.heard == ["GET /Tom%C3%A1s?x=%C3%A9%", "end"])
    }

    @Test func anAnswerMayComeBeforeItsRequestIsWhole() throws {
        let connection = try Connection()
        try connection.receive("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe")
        try connection.answer()
        try connection.receive("llo" + get)
        #expect(connection.listener.heard == heardOfPost)
        connection.wait()
        #expect(connection.listener.heard == heardOfPost + ["GET /a", "end"])
        #expect(connection.channel.isActive)
    }

    @Test func aBodyThatGoesOnAfterItsAnswerEndsItsConnection() throws {
        var configuration = UpgradableHTTPChannel.Configuration()
        configuration.answeredBodyTimeout = .seconds(10)
        for isWhole in [false, true] {
            let connection = try Connection(configuration)
            try connection.receive("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhe")
            try connection.answer()
            for _ in 0..<9 {
                connection.wait()
                try connection.receive("x")
            }
            if isWhole { try connection.receive(String(repeating: "x", count: 39)) }
            #expect(connection.channel.isActive)
            connection.wait(.seconds(100))
            #expect(connection.channel.isActive == isWhole)
        }
    }

    @Test func theEndOfTheInputComesBehindAllRequests() throws {
        let connection = try Connection()
        try connection.receive(get + post)
        connection.endInput()
        #expect(!connection.listener.isEnded)
        try connection.answer()
        connection.wait()
        #expect(connection.listener.heard == ["GET /a", "end"] + heardOfPost)
        #expect(connection.listener.isEnded)
        #expect(connection.listener.error == nil)
    }

    @Test(arguments: [
        "G", "GET /a HTTP/1.1\r\nHost: x\r\n", "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell",
    ])
    func anEndWithinARequestIsAnError(text: String) throws {
        let connection = try Connection()
        try connection.receive(text)
        connection.endInput()
        #expect(connection.listener.error as? HTTPParserError == .invalidEOFState)
    }

    @Test func aConnectionThatBreaksWithinABodyIsAnError() throws {
        let connection = try Connection()
        try connection.receive("POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell")
        _ = try connection.channel.finish(acceptAlreadyClosed: true)
        #expect(connection.listener.error as? HTTPParserError == .invalidEOFState)
    }

    /// What a streamed answer looks like on the wire.
    private func streamed(to version: String) throws -> String {
        let reader = RequestReader(.init())
        let channel = EmbeddedChannel(handlers: [HTTPResponseEncoder(), reader, Listener(reader)])
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/x")).wait()
        try channel.writeInbound(ByteBuffer(string: "GET / HTTP/\(version)\r\nHost: x\r\n\r\n"))
        try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .continue)))
        try channel.writeOutbound(HTTPServerResponsePart.head(.init(version: .http1_1, status: .ok)))
        try channel.writeOutbound(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(string: "frame"))))
        try channel.writeOutbound(HTTPServerResponsePart.end(nil))
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    @Test func onlyClientsThatKnowChunksGetThem() throws {
        #expect(try streamed(to: "1.0") == "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nframe")
        #expect(
            try streamed(to: "1.1") == "HTTP/1.1 100 Continue\r\n\r\n"
                + "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nframe\r\n0\r\n\r\n")
    }
}
