import Metrics
import Shared
import Synchronization

/// How many images, and of how many bytes, each employee may send within an hour. Pure.
///
/// What is on its way counts by what it may become, and once it has come by what was stored of it, so that many at once get no more
/// than one after the other.
struct UploadQuota: Sendable {
    /// What an employee may send within an hour; nil where there is no limit.
    struct Limits: Sendable, Hashable {
        var images: Int?
        var bytes: Int?
    }

    /// One hour, and the steps in which it passes, in milliseconds.
    static let window: Int64 = 3600 * 1000
    static let step: Int64 = 60 * 1000

    /// What was sent within a step.
    private struct Slot: Sendable {
        let start: Int64
        var images = 0
        var bytes = 0
    }

    private let limits: Limits
    private var slots: [AccountID: [Slot]] = [:]

    init(_ limits: Limits) { self.limits = limits }

    /// Counts an image that is about to arrive.
    /// - Returns: seconds until it may be sent, nil when it may be now.
    mutating func begin(_ employee: AccountID, bytes: Int, at now: Timestamp) -> Int? {
        guard limits.images != nil || limits.bytes != nil else { return nil }
        let recent = recent(employee, at: now)
        // An image that is larger than what an hour allows is taken when there was none in that hour, not never.
        let size = min(bytes, limits.bytes ?? bytes)
        if let seconds = wait(recent, size, at: now) { return seconds }
        slots[employee] = recent
        add(1, size, to: employee, at: now)
        return nil
    }

    /// The image has come, or will not: takes back what was counted of it in vain.
    /// - Parameters:
    ///   - announced: as it was counted when it began.
    ///   - stored: bytes that were stored of it; nil when it was not stored.
    mutating func end(_ employee: AccountID, announced: Int, stored: Int?, begun: Timestamp) {
        let size = min(announced, limits.bytes ?? announced)
        add(stored == nil ? -1 : 0, (stored.map { min($0, size) } ?? 0) - size, to: employee, at: begun)
    }

    private func recent(_ employee: AccountID, at now: Timestamp) -> [Slot] {
        (slots[employee] ?? []).filter { abs(now.milliseconds - $0.start) < Self.window }
    }

    private func wait(_ recent: [Slot], _ size: Int, at now: Timestamp) -> Int? {
        var (images, bytes) = recent.reduce((0, 0)) { ($0.0 + $1.images, $0.1 + $1.bytes) }
        func isFull() -> Bool {
            limits.images.map { images >= $0 } ?? false || limits.bytes.map { bytes + size > $0 } ?? false
        }
        guard isFull() else { return nil }
        for slot in recent {
            images -= slot.images
            bytes -= slot.bytes
            if !isFull() { return max(1, Int((slot.start + Self.window - now.milliseconds + 999) / 1000)) }
        }
        return Int(Self.window / 1000)
    }

    private mutating func add(_ images: Int, _ bytes: Int, to employee: AccountID, at time: Timestamp) {
        let start = time.milliseconds - time.milliseconds % Self.step
        var all = slots[employee] ?? []
        let index = all.firstIndex { $0.start == start } ?? all.count
        if index == all.count {
            // Taken back of an hour that is over.
            guard images > 0 else { return }
            all.append(Slot(start: start))
        }
        all[index].images += images
        all[index].bytes += bytes
        slots[employee] = all
    }
}

/// An employee has sent as much as is allowed within an hour; `seconds` until the next image is taken.
struct TooManyUploads: Error, Sendable, Hashable {
    let seconds: Int
}

/// The quotas of a running server.
final class UploadQuotas: Sendable {
    private let quota: Mutex<UploadQuota>
    /// Counts the images that were not taken.
    private let refused: Counter

    init(_ limits: UploadQuota.Limits, refused: Counter) {
        quota = Mutex(UploadQuota(limits))
        self.refused = refused
    }

    /// Counts an image that is about to arrive.
    /// - Throws: ``TooManyUploads``.
    func begin(_ employee: AccountID, bytes: Int, at now: Timestamp) throws(TooManyUploads) {
        guard let seconds = quota.withLock({ $0.begin(employee, bytes: bytes, at: now) }) else { return }
        refused.increment()
        throw TooManyUploads(seconds: seconds)
    }

    /// Takes back what was counted in vain, see ``UploadQuota/end(_:announced:stored:begun:)``.
    func end(_ employee: AccountID, announced: Int, stored: Int?, begun: Timestamp) {
        quota.withLock { $0.end(employee, announced: announced, stored: stored, begun: begun) }
    }
}
