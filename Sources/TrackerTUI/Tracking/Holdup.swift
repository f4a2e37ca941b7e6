/// Why what waits for delivery stays in line, as the last attempt showed, and when that is news.
struct Holdup: Sendable, Hashable {
    /// A sentence; nil when the last attempt got something off the queue.
    private(set) var reason: String?
    /// One item that is refused again and again while others go out is said once, until nothing waits any more.
    private var said: String?

    /// - Parameters:
    ///   - isAnswer: false when nobody answered: whether anything can be reached is found out first, and is news of its own.
    ///   - isOutage: that nothing works is said already.
    /// - Returns: whether the reason is to be said.
    mutating func stays(because reason: String, isAnswer: Bool, isOutage: Bool) -> Bool {
        let isSure = isAnswer || self.reason == reason
        self.reason = reason
        guard isSure, !isOutage, said != reason else { return false }
        said = reason
        return true
    }

    /// Something has left the queue, or waits for something else.
    mutating func moved() { reason = nil }

    /// Nothing waits.
    mutating func ended() { self = Holdup() }
}
