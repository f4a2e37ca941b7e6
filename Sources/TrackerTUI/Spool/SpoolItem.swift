import Files
import FoundationEssentials
import Shared

/// Something that waits for delivery: a capture, without its image, or work that no session covers.
struct SpoolItem: Equatable, Sendable, Identifiable {
    enum Content: Equatable, Sendable {
        /// Bytes of the PNG.
        case capture(imageSize: Int)
        /// Until then, and whole seconds.
        case work(end: WorkInstant, idleSeconds: Int)
    }

    /// Names the item to the server, so that a repeated delivery stores nothing twice.
    let id: UUID
    /// Larger than that of every item added before it.
    let sequence: Int
    /// When the screen was captured, or the work began.
    let at: WorkInstant
    /// Whose screen or work it is; it goes to no other account.
    let account: AccountID
    /// Base URL of the server that it is for, as the spool was given it; it goes to no other server.
    let server: String
    let content: Content

    var owner: SpoolOwner { SpoolOwner(account: account, server: server) }

    var isCapture: Bool { if case .capture = content { true } else { false } }

    var imageSize: Int {
        if case .capture(let size) = content { size } else { 0 }
    }

    /// Zero for captures.
    var workSeconds: Int {
        if case .work(let end, _) = content { end.since(at).wholeSeconds } else { 0 }
    }

    /// How much longer or shorter work may be by the server's clock than by this machine's, in milliseconds.
    private static let tolerance: Int64 = 5000

    /// What the server is to be told of work, by what is known of its clock by now; nil for captures and for what has no
    /// length by that clock. Where that was set meanwhile, work is as long as it was by this machine's, and ends when it did.
    func span(by clock: ServerClock) -> WorkSpan? {
        guard case .work(let end, let idle) = content else { return nil }
        let (to, length) = (clock.time(of: end), end.since(at).wholeMilliseconds)
        var from = clock.time(of: at)
        if abs(to - from - length) > Self.tolerance { from = to.adding(milliseconds: -length) }
        guard to > from else { return nil }
        let until = min(to, from.adding(milliseconds: WorkSpan.longest))
        return WorkSpan(key: id, startedAt: from, endedAt: until, idleSeconds: min(idle, Int((until - from) / 1000)))
    }
}

/// Whom an item may be delivered for, and where.
struct SpoolOwner: Hashable, Sendable {
    let account: AccountID
    let server: String
}

/// An item that will not be delivered. Its file stays until the spool's limit needs the room.
struct SpoolAsideItem: Equatable, Sendable {
    /// Name of the file in the spool's folder `aside`.
    let file: String
    /// For a person.
    let reason: String
}

/// What the employee's screen shows of the queue.
struct SpoolStatus: Equatable, Sendable {
    /// Captures and work waiting for delivery, for all accounts and servers.
    var pending: Int
    /// Bytes of what waits, on disk or in memory, and of what was put aside.
    var bytes: Int
    /// What was put aside.
    var aside: Int
    /// Captures that were given up for room since the folder exists.
    var dropped: Int
    /// Captures that wait, by whose they are.
    var waiting: [SpoolOwner: Int] = [:]
    /// Stretches of work that wait, and their seconds, by whose they are.
    var stretches: [SpoolOwner: Int] = [:]
    var work: [SpoolOwner: Int] = [:]
    /// Why what was put aside last was, for a person.
    var asideReason: String?
    /// What waits and cannot be read, since its key is missing.
    var locked = 0
    /// Of what waits, what is in memory alone, and why, for a person.
    var unkept = 0
    var keepTrouble: String?

    /// Captures that wait for this account on this server.
    func pending(of account: Account) -> Int {
        waiting[account.owner] ?? 0
    }

    /// What waits for another account or server.
    func pendingForOthers(than account: Account?) -> Int {
        guard let account else { return pending }
        let owner = account.owner
        return pending - waiting[owner, default: 0] - stretches[owner, default: 0]
    }

    /// Seconds of work that wait for this account on this server.
    func work(of account: Account) -> Int {
        work[account.owner] ?? 0
    }
}

/// Why the spool could not do something. `description` is a sentence for the employee.
enum SpoolError: Error, Equatable, Sendable {
    /// Another client works with this folder. The process id is nil when the other has not noted it yet.
    case inUse(directory: String, processID: Int?)
    /// The item was removed, put aside or dropped.
    case noSuchItem(UUID)
    /// The item's file was not as it was written; it has been put aside.
    case damaged(UUID, reason: String)
    /// One capture alone is larger than all captures together may be.
    case largerThanLimit(bytes: Int, limit: Int)
    /// It could not be encrypted, and why.
    case notSealed(String)
    case file(FileError)
}

extension SpoolError: CustomStringConvertible {
    var description: String {
        switch self {
        case .inUse(let directory, let processID):
            "Another client\(processID.map { " (process \($0))" } ?? "") uses the folder \(directory.printable)."
        case .noSuchItem(let id):
            "\(id.uuidString) is no longer in the offline queue."
        case .damaged(let id, let reason):
            "\(id.uuidString) was put aside: \(reason)."
        case .largerThanLimit(let bytes, let limit):
            "A capture of \(bytes) bytes does not fit into the offline queue of \(limit) bytes."
        case .notSealed(let reason):
            "It could not be encrypted: \(reason)."
        case .file(let error):
            error.description
        }
    }
}
