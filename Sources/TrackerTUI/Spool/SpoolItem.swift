import Files
import FoundationEssentials
import Shared

/// A capture that waits for delivery, without its image.
struct SpoolItem: Equatable, Sendable, Identifiable {
    /// Sent as Idempotency-Key, so that a repeated delivery stores nothing twice.
    let id: UUID
    /// Larger than that of every item added before it.
    let sequence: Int
    let capturedAt: Timestamp
    /// Whose screen it is; it goes to no other account.
    let account: AccountID
    /// Base URL of the server that it is for, as the spool was given it; it goes to no other server.
    let server: String
    /// Bytes of the PNG.
    let imageSize: Int

    var owner: SpoolOwner { SpoolOwner(account: account, server: server) }
}

/// Whom a capture may be delivered for, and where.
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
    /// Captures waiting for delivery, for all accounts and servers.
    var pending: Int
    /// Bytes on disk, of what waits and of what was put aside.
    var bytes: Int
    /// Captures that were put aside.
    var aside: Int
    /// Captures that were given up for room since the folder exists.
    var dropped: Int
    /// What waits, by whose it is.
    var waiting: [SpoolOwner: Int] = [:]

    /// Captures that wait for this account on this server.
    func pending(of account: Account) -> Int {
        waiting[SpoolOwner(account: account.id, server: account.server.text)] ?? 0
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
    /// One capture alone is larger than the whole spool may be.
    case largerThanLimit(bytes: Int, limit: Int)
    case file(FileError)
}

extension SpoolError: CustomStringConvertible {
    var description: String {
        switch self {
        case .inUse(let directory, let processID):
            "Another client\(processID.map { " (process \($0))" } ?? "") uses the folder \(directory.printable)."
        case .noSuchItem(let id):
            "The capture \(id.uuidString) is no longer in the offline queue."
        case .damaged(let id, let reason):
            "The capture \(id.uuidString) was put aside: \(reason)."
        case .largerThanLimit(let bytes, let limit):
            "A capture of \(bytes) bytes does not fit into the offline queue of \(limit) bytes."
        case .file(let error):
            error.description
        }
    }
}
