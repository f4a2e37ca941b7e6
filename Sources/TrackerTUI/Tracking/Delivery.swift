/// When what waits in the queue is sent: one item at a time, oldest first, as long as there are any.
struct Delivery: Sendable {
    enum Event: Sendable, Hashable {
        case signedIn
        case signedOut
        /// An item lies in the queue, or may do so.
        case queued
        /// Something else has found the server well again, or it is the last time.
        case retryNow
        case tick
        /// One item has left the queue: it was delivered or put aside.
        case done
        /// There was none.
        case empty
        /// The item stays in line.
        case postponed(retryAfter: Duration?)
        /// The item stays in line until the next `signedIn`.
        case loginNeeded
    }

    private var isSignedIn = false
    private(set) var isSending = false
    /// Set by whatever may leave an item in the queue, also while the queue is being asked for one.
    private var mayHaveItems = true
    private var pause = RetryPause()
    private let jitter: @Sendable () -> Double

    init(jitter: @escaping @Sendable () -> Double) {
        self.jitter = jitter
    }

    /// True when the oldest item shall be sent now; the caller answers with `done`, `empty`, `postponed` or `loginNeeded`.
    mutating func handle(_ event: Event, at now: Duration) -> Bool {
        switch event {
        case .signedIn:
            isSignedIn = true
            mayHaveItems = true
            pause.shorten()
        case .signedOut:
            // An upload that is still out belongs to the old login: it must not hold up the next one's.
            self = Delivery(jitter: jitter)
        case .queued:
            mayHaveItems = true
        case .retryNow:
            pause.shorten()
        case .tick:
            break
        case .done:
            isSending = false
            mayHaveItems = true
            pause.reset()
        case .empty:
            isSending = false
        case .postponed(let retryAfter):
            isSending = false
            mayHaveItems = true
            pause.failed(at: now, jitter: jitter(), retryAfter: retryAfter)
        case .loginNeeded:
            isSending = false
            mayHaveItems = true
            isSignedIn = false
        }
        guard isSignedIn, !isSending, mayHaveItems, pause.allows(at: now) else { return false }
        isSending = true
        mayHaveItems = false
        return true
    }
}
