import Glibc
import HummingbirdCore
import Logging
import NIOCore

/// How many files and connections the process may have open.
enum Descriptors {
    /// The soft limit; a billion when there is none.
    static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: min(limit.rlim_cur, 1_000_000_000))
    }

    /// Raises the soft limit to the hard one: it is low for the sake of programs that use select(2).
    static func raiseLimit(_ logger: Logger) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 {
            logger.warning("The limit of open files stays at \(Self.limit).", metadata: ["errno": "\(errno)"])
        }
    }
}

/// Accepts no more connections than leave the server enough descriptors for its files. Others wait in the system's queue.
struct ConnectionLimit: AvailableConnectionsDelegate {
    let limit: Int
    private let logger: Logger
    private var count = 0
    private var warnings = RareWarning()

    /// - Parameters:
    ///   - descriptors: how many the process may have.
    ///   - most: what somebody has set; nil when nobody has.
    init(descriptors: Int, most: Int?, logger: Logger) {
        limit = min(max(descriptors - Limits.reservedDescriptors, descriptors / 2), most ?? .max)
        self.logger = logger
    }

    mutating func connectionOpened() {
        count += 1
        if count == limit, warnings.isDue(at: .now()) {
            logger.warning("There are \(limit) connections: others wait until some have ended.")
        }
    }

    mutating func connectionClosed() { count -= 1 }

    func isAcceptingNewConnections() -> Bool { count < limit }
}
