import Dispatch
import Glibc

/// Writes lines to a file descriptor, one after the other, on a thread of its own: a full pipe or a slow disk holds nobody up.
final class LineWriter: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "LineWriter")
    private let whenFailed: @Sendable (_ code: Int32) -> Void
    private let whenWritten: @Sendable () -> Void

    /// - Parameters:
    ///   - whenFailed: told of each line that could not be written, on the writer's thread.
    ///   - whenWritten: called after each line, on the writer's thread.
    init(
        descriptor: Int32, whenFailed: @escaping @Sendable (_ code: Int32) -> Void = { _ in },
        whenWritten: @escaping @Sendable () -> Void = {}
    ) {
        self.descriptor = descriptor
        self.whenWritten = whenWritten
        self.whenFailed = whenFailed
    }

    func write(_ line: String) {
        queue.async { [descriptor, whenWritten, whenFailed] in
            defer { whenWritten() }
            var rest = Array((line + "\n").utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EAGAIN {
                    // Somebody who has the same pipe does not want to wait for it; this thread may.
                    var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&place, 1, -1)
                } else if count < 0, errno != EINTR {
                    return whenFailed(errno)
                }
                rest = rest.dropFirst(max(count, 0))
            }
        }
    }

    /// Returns when all lines are written; for threads that may wait.
    func wait() { queue.sync {} }

    /// Returns when all lines are written.
    func flush() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
