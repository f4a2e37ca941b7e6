import Glibc

/// Lets one thread wait for the keyboard and for other threads at once.
final class WakePipe: Sendable {
    enum Arrival: Sendable {
        case something, timeout, hangUp
    }

    private let readEnd: Int32
    private let writeEnd: Int32

    /// Nil when the process has no more files.
    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        (readEnd, writeEnd) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    /// From any thread. A full pipe wakes as well.
    func signal() {
        var byte: UInt8 = 0
        _ = write(writeEnd, &byte, 1)
    }

    /// - Parameters:
    ///   - forInput: also for standard input; if not, then still for its end.
    ///   - milliseconds: at most; negative for ever.
    func wait(forInput: Bool, milliseconds: Int32) -> Arrival {
        var waiting = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            pollfd(fd: STDIN_FILENO, events: forInput ? Int16(POLLIN) : 0, revents: 0),
        ]
        let count = poll(&waiting, nfds_t(waiting.count), milliseconds)
        guard count != 0 else { return .timeout }
        if count > 0, waiting[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(readEnd, &bytes, bytes.count) > 0 {}
        }
        let gone = Int16(POLLHUP | POLLERR | POLLNVAL)
        return count > 0 && waiting[1].revents & gone != 0 ? .hangUp : .something
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }
}
