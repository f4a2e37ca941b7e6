import Files

/// Why nothing could be read or written.
enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The disk or the quota is full; nothing was stored.
    case full
    /// Everything else: read-only, vanished, an I/O error; nothing was stored. The text is for the log.
    case unavailable(String)
    /// The disk failed while the change was written: whether it is stored shows when the disk is back. The text is for the
    /// log.
    case uncertain(String)

    var description: String {
        switch self {
        case .full: "The disk is full."
        case .unavailable(let reason), .uncertain(let reason): reason
        }
    }
}

extension StoreError {
    init(_ error: FileError) {
        self = error.isFullDisk ? .full : .unavailable(error.description)
    }
}
