import Dispatch
import Glibc

/// Writes lines to a file descriptor, one after the other, on a thread of its own: a full pipe or a slow disk holds nobody up.
final class LineWriter: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "LineWriter")

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ line: String) {
        queue.async { [descriptor] in
            var rest = Array((line + "\n").utf8)[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                // Whoever read this has gone, or the disk is full: tracking does not depend on it.
                guard count > 0 || (count < 0 && errno == EINTR) else { return }
                rest = rest.dropFirst(max(count, 0))
            }
        }
    }

    /// Returns when all lines are written.
    func flush() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }
}
