import Dispatch
import Glibc

/// What is known of whoever reads the lines of a client without a screen. Nobody may be tracked without a word about it.
enum ListenerLoss: Sendable, Hashable {
    /// Whoever read them has gone, or there never was anybody.
    case gone(reason: String)
    /// They cannot be written as things are, such as to a full disk.
    case failing(reason: String)

    /// - Parameter code: the `errno` of a write.
    init(code: Int32) {
        let reason = String(cString: strerror(code))
        self = [EPIPE, EBADF, EIO, ECONNRESET].contains(code) ? .gone(reason: reason) : .failing(reason: reason)
    }

    /// Waits on a thread of its own until the other end of a pipe, a socket or a terminal has gone, also while nothing is
    /// written; a file's never has.
    static func watch(_ descriptor: Int32, whenGone: @escaping @Sendable (ListenerLoss) -> Void) {
        DispatchQueue(label: "Listener").async {
            var place = pollfd(fd: descriptor, events: 0, revents: 0)
            while poll(&place, 1, -1) < 0, errno == EINTR {}
            whenGone(ListenerLoss(code: Int32(place.revents) & POLLNVAL == 0 ? EPIPE : EBADF))
        }
    }
}
