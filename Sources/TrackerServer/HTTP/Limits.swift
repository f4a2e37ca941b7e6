/// Limits of requests that are no settings. A form and its parts have theirs in UploadForm and MultipartParser, logins in
/// LoginThrottle; `docs/limits.md` lists all.
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
