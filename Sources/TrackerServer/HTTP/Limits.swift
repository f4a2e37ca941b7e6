import NIOCore

/// Every limit of the HTTP interface that is no setting; `docs/limits.md` lists them.
enum Limits {
    /// The largest JSON body, in bytes.
    static let jsonBody = 1_000_000
    /// What an upload's body may have beyond the image itself: boundaries, part headers, text fields.
    static let multipartOverhead = 64 * 1024
    /// All headers of a request, in bytes.
    static let requestHeaders = 32 * 1024
    static let requestHeaderCount = 1000
    /// The descriptors that connections leave to files, unless that is more than half of them.
    static let reservedDescriptors = 128
    /// How much of a refused body is read and thrown away, so that its sender sees the answer, in bytes.
    static let discardedBody = 32 * 1024 * 1024
    /// The characters of an account's or the organization's name.
    static let name = 200
    static let nameRule = "a text of at most \(name) characters without control characters"
}

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
    /// For the frame that a request for one waits for to come.
    var frame = Duration.seconds(10)
    /// For somebody who asked for a frame to ask for the next; then the employee's live view ends.
    var frameWatch = Duration.seconds(30)
}
