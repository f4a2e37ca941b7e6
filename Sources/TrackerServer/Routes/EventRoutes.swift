import HTTPTypes
import Hummingbird
import NIOCore
import Shared
import SocketIOServer

/// What happens in the office, as it happens (server-sent events: HTML Living Standard, section 9.2).
enum EventRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        [
            .get(
                APIPath.events, .managers,
                .init("What happens in the office, as it happens.", .bytes("text/event-stream"))
            ) {
                try stream($0, environment)
            }
        ]
    }

    private static func stream(_ call: Call, _ environment: ServerEnvironment) throws -> Response {
        let headers = LiveRoutes.headers("text/event-stream")
        guard call.request.method != .head else { return Response(status: .ok, headers: headers) }
        let stream = EventStream(of: environment, on: call.context.channel, for: try call.identity)
        return Response(status: .ok, headers: headers, body: ResponseBody { try await stream.write(to: $0) })
    }
}

/// The body of an answer that goes on as long as somebody follows the events.
private struct EventStream: Sendable {
    private let events: EventFeed
    private let reader: EventFeed.Reader
    private let hello: ByteBuffer
    private let hold: TokenWatch.Hold

    /// It ends with the connection, also while nothing happens or before anything was written; with the token; and when the
    /// server stops.
    init(of environment: ServerEnvironment, on channel: any Channel, for manager: Identity) {
        let events = environment.events
        let (reader, hello) = events.enter(on: channel, at: environment.now())
        let hold = environment.tokens.hold(manager.proof) { _ in events.end(reader) }
        ConnectionWatch.watch(channel) { _ in
            hold.release()
            events.end(reader)
        }
        (self.events, self.reader, self.hello, self.hold) = (events, reader, hello, hold)
    }

    func write(to writer: any ResponseBodyWriter) async throws {
        var writer = writer
        defer {
            ConnectionWatch.watch(reader.channel, nil)
            hold.release()
            events.end(reader)
        }
        try await writer.write(hello)
        while let parts = try await events.next(for: reader) { try await writer.write(contentsOf: parts) }
        // Who takes nothing gets no proper end either.
        guard reader.channel.isWritable else { return reader.channel.close(promise: nil) }
        try await writer.finish(nil)
    }
}
