import NIOCore
import SocketIO

/// What carries a session's requests and frames out. It belongs to the client's event loop and reports there.
protocol ClientTransport: AnyObject {
    typealias Report = @Sendable (EngineClientSession.Input) -> Void

    /// Begins; what goes wrong is reported.
    func open()
    func poll(sid: String?)
    func post(sid: String, _ body: [UInt8])
    func send(_ packets: [EnginePacket])
    /// Ends once everything is sent, within the time for closing. Nothing is reported from now on.
    /// - Returns: succeeds when nothing is left of it.
    func end(_ reason: ClientCloseReason) -> EventLoopFuture<Void>
}
