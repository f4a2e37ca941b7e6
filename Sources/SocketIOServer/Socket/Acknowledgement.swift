public import JSON

/// The answer that a client waits for.
public struct Acknowledgement: Sendable {
    let id: UInt64
    let socket: Socket

    public func callAsFunction(_ arguments: [JSONValue], attachments: [[UInt8]] = []) {
        socket.acknowledge(id, arguments, attachments)
    }
}
