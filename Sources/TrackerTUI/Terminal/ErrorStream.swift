import CNcurses
import Dispatch
import Glibc

/// Standard error while the screen is open: what libraries and child processes write there, such as Xlib's complaints, goes to
/// the log instead of over the picture. What nobody has read when the process crashes comes out on the terminal
/// (`tracker_release_errors`).
final class ErrorStream: Sendable {
    // Written before the reader starts and before anything is diverted; after that only through the atomic operations of the
    // shim, and through `terminal` and `arriving`, which do not change.
    nonisolated(unsafe) private let state: UnsafeMutablePointer<tracker_error_stream>
    private let end = DispatchSemaphore(value: 0)

    /// For children that still hold the other end.
    private static let patience: DispatchTimeInterval = .milliseconds(300)

    /// - Parameters:
    ///   - state: lives as long as the process.
    ///   - log: returns when the line is written.
    /// - Returns: nil when standard error is no terminal, and stays what somebody has made it; or without free descriptors.
    init?(_ state: UnsafeMutablePointer<tracker_error_stream>, log: @escaping @Sendable (String) -> Void) {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        var ends: [Int32] = [0, 0]
        let terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
        guard terminal >= 0, pipe(&ends) == 0 else {
            if terminal >= 0 { close(terminal) }
            return nil
        }
        for end in ends {
            // Without waiting: a flood shall hold up nobody who writes.
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        state.pointee = tracker_error_stream()
        (state.pointee.terminal, state.pointee.arriving) = (terminal, ends[0])
        self.state = state
        DispatchQueue(label: "ErrorStream").async { self.read(log) }
        tracker_set_diverted(state, true)
        dup2(ends[1], STDERR_FILENO)
        close(ends[1])
    }

    /// To the terminal again. Returns when the log has what came before.
    func giveBack() {
        dup2(state.pointee.terminal, STDERR_FILENO)
        tracker_set_diverted(state, false)
        _ = end.wait(timeout: .now() + Self.patience)
    }

    private func read(_ log: (String) -> Void) {
        var lines = ErrorLines()
        var input = pollfd(fd: state.pointee.arriving, events: Int16(POLLIN), revents: 0)
        var count = 1
        while count != 0, poll(&input, 1, -1) > 0 || errno == EINTR {
            guard tracker_begin_reading(state) else { break }
            count = tracker_read_errors(state)
            // Read by nobody else but a crash, and written by nobody.
            let chunk = UnsafeRawBufferPointer(start: tracker_error_chunk(state), count: max(count, 0))
            for line in lines.take(chunk, at: SystemClock().now().monotonic) { log(line) }
            tracker_end_reading(state)
        }
        for line in lines.end() { log(line) }
        end.signal()
    }
}
