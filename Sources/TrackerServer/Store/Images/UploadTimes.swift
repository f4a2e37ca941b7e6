import Shared
import Synchronization

/// The times that were given to names lately, so that many uploads of the same file name don't all try the same ones.
final class UploadTimes: Sendable {
    /// By the client's part of the name: from the time that was asked for to the last one that was given.
    private let given = Mutex<[String: ClosedRange<Timestamp>]>([:])

    /// Names whose times have passed are forgotten when there are so many.
    private static let capacity = 256

    /// The time for a name that arrives at `now`: that time, or the first millisecond after those that were given already.
    func next(for clientPart: String, at now: Timestamp) -> Timestamp {
        given.withLock { given in
            if given.count >= Self.capacity { given = given.filter { $0.value.upperBound >= now } }
            guard let range = given[clientPart], range.contains(now) else {
                given[clientPart] = now...now
                return now
            }
            let time = range.upperBound.adding(milliseconds: 1)
            given[clientPart] = range.lowerBound...time
            return time
        }
    }
}
