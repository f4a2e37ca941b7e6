/// Why a session ended.
public enum EngineCloseReason: Sendable, Hashable {
    /// The client said so.
    case clientClosed
    /// This side said so.
    case serverClosed
    /// The connection is gone, or the client gave up a poll.
    case transportClosed
    /// The client did not answer a ping in time.
    case pingTimeout
    /// The client sent what is no protocol; the text is what was expected.
    case protocolError(String)
    /// A second poll came while one waited.
    case concurrentPolls
    /// The client does not take what is sent to it.
    case tooSlow
    /// Too many others came who had not said who they are either, see ``Strangers``.
    case crowdedOut
    /// The server stops, and may be back.
    case serverStopping
}
