import NIOCore

/// Every limit of the HTTP interface that is no setting; `docs/limits.md` lists them.
enum Limits {
    /// The largest JSON body, in bytes.
    static let jsonBody = 1_000_000
    /// What an upload's body may have beyond the image itself: boundaries, part headers, text fields.
    static let multipartOverhead = 64 * 1024
    /// All headers of a request, in bytes.
    static let requestHeaders = 32 * 1024
    /// How long a JSON body may take to arrive, in seconds; then the connection is closed.
    static let jsonBodySeconds: Int64 = 30
    /// How long an upload may take to arrive, in seconds; then the connection is closed.
    static let uploadSeconds: Int64 = 600
    /// How long a connection may be silent between requests or within a header.
    static let idleConnection = TimeAmount.seconds(75)
    /// How much of a refused body is read and thrown away, so that its sender sees the answer, in bytes and seconds.
    static let discardedBody = 32 * 1024 * 1024
    static let discardedBodySeconds = 3
    /// The characters of an account's or the organization's name.
    static let name = 200
}
