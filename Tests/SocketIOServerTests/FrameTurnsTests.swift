import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import SocketIOServer

/// What one connection may have of a turn of the event loop, on a loop without sockets or clock.
struct FrameTurnsTests {
    private struct Connection {
        let channel: EmbeddedChannel
        let reads = ReadCounter()

        init(on loop: EmbeddedEventLoop = EmbeddedEventLoop()) throws {
            channel = EmbeddedChannel(loop: loop)
            let decoder = FrameDecoder { 1000 }
            try channel.pipeline.syncOperations.addHandlers(reads, FrameTurns(decoder), ByteToMessageHandler(decoder))
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        }

        /// Masked frames without anything in them.
        func send(_ count: Int) throws {
            let frames = (0..<count).flatMap { _ in [0x89, 0x80, 0, 0, 0, 0] as [UInt8] }
            try channel.writeInbound(ByteBuffer(bytes: frames))
        }

        func framesTaken() throws -> Int {
            var count = 0
            while try channel.readInbound(as: WebSocketFrame.self) != nil { count += 1 }
            return count
        }

        func waitForATurn() { channel.embeddedEventLoop.advanceTime(by: .milliseconds(1)) }
    }

    @Test func aTurnTakesSomeFramesAndTheNextOnesTheRest() throws {
        let connection = try Connection()
        try connection.send(200)
        #expect(try connection.framesTaken() == 64)
        for rest in [64, 64, 8, 0] {
            connection.waitForATurn()
            #expect(try connection.framesTaken() == rest)
        }
        try connection.send(1)
        #expect(try connection.framesTaken() == 1)
    }

    @Test func nothingIsReadUntilAllIsTaken() throws {
        let connection = try Connection()
        connection.channel.read()
        let before = connection.reads.count
        try connection.send(100)
        connection.channel.read()
        connection.channel.read()
        #expect(connection.reads.count == before)
        connection.waitForATurn()
        #expect(connection.reads.count == before + 1)
        connection.channel.read()
        #expect(connection.reads.count == before + 2)
    }

    @Test func thoseWhoWaitTakeTurns() throws {
        let loop = EmbeddedEventLoop()
        let connections = try (0..<8).map { _ in try Connection(on: loop) }
        for connection in connections {
            try connection.send(1000)
            #expect(try connection.framesTaken() == 64)
        }
        for turns in [[64, 64, 64, 64, 0, 0, 0, 0], [0, 0, 0, 0, 64, 64, 64, 64], [64, 64, 64, 64, 0, 0, 0, 0]] {
            loop.advanceTime(by: .milliseconds(1))
            #expect(try connections.map { try $0.framesTaken() } == turns)
        }
        for connection in connections { try connection.channel.close().wait() }
        loop.advanceTime(by: .milliseconds(1))
        #expect(try connections.map { try $0.framesTaken() } == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test func whoDoesNotReadAnswersIsNotHeard() throws {
        let connection = try Connection()
        connection.channel.pipeline.fireUserInboundEventTriggered(FrameTurns.Event.pause)
        let before = connection.reads.count
        try connection.send(10)
        connection.channel.read()
        for _ in 0..<5 { connection.waitForATurn() }
        #expect(try connection.framesTaken() == 0)
        #expect(connection.reads.count == before)
        connection.channel.pipeline.fireUserInboundEventTriggered(FrameTurns.Event.goOn)
        connection.waitForATurn()
        #expect(try connection.framesTaken() == 10)
        #expect(connection.reads.count == before + 1)
    }

    /// Its sender closes its side at once.
    @Test func whatCameBeforeTheEndIsTaken() throws {
        let connection = try Connection()
        try connection.send(200)
        connection.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        var frames = 0
        for _ in 0..<5 {
            frames += try connection.framesTaken()
            connection.waitForATurn()
        }
        #expect(frames == 200)
    }

    @Test(arguments: [125, 126, 1000, 1001, 65_535, 65_536])
    func aFrameThatIsTooLongIsRefusedByItsHead(length: Int) throws {
        var head = ByteBuffer(bytes: [0x82] as [UInt8])
        switch length {
        case ..<126: head.writeInteger(0x80 | UInt8(length))
        case ..<65_536: head.writeMultipleIntegers(UInt8(0xFE), UInt16(length))
        default: head.writeMultipleIntegers(UInt8(0xFF), UInt64(length))
        }
        let channel = try Connection().channel
        // Byte by byte, as it may come.
        while let byte = head.readSlice(length: 1), head.readableBytes > 0 { try channel.writeInbound(byte) }
        let last = ByteBuffer(bytes: [UInt8(truncatingIfNeeded: length) | (length < 126 ? 0x80 : 0)])
        if length > 1000 {
            #expect(throws: NIOWebSocketError.invalidFrameLength) { try channel.writeInbound(last) }
        } else {
            try channel.writeInbound(last)
            try channel.writeInbound(ByteBuffer(repeating: 0, count: 4 + length))
            #expect(try channel.readInbound(as: WebSocketFrame.self)?.length == length)
        }
    }
}
