import NIOCore

/// How long a sender may take; then its connection is closed.
struct Deadlines: Sendable {
    /// For a JSON body to arrive.
    var jsonBody = TimeAmount.seconds(30)
    /// For an upload, or any other request as a whole, to arrive.
    var upload = TimeAmount.seconds(600)
    /// For a new connection to ask something: for the handshake of TLS and the head of its first request.
    var firstRequest = TimeAmount.seconds(10)
    /// For a connection to be silent between requests or within the head of a later one.
    var idleConnection = TimeAmount.seconds(75)
    /// For a body to go on arriving after its answer.
    var answeredBody = TimeAmount.seconds(10)
    /// For a client to take nothing of an answer.
    var unreadAnswer = TimeAmount.seconds(60)
    /// For a client to close its side of a connection after its last answer.
    var closing = TimeAmount.seconds(3)
    /// For the rest of a refused body to be thrown away.
    var discardedBody = TimeAmount.seconds(3)
    /// For the making of a small picture to begin.
    var thumbnail = Duration.seconds(10)
    /// For the frame that a request for one waits for to come.
    var frame = Duration.seconds(10)
    /// For somebody who asked for a frame to ask for the next; then the employee's live view ends.
    var frameWatch = Duration.seconds(30)
    /// Between two comments to those who follow the events.
    var eventComment = Duration.seconds(15)
}
