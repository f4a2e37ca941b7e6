import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// When things were used that accounts sign in with, since the store was told last: a request must not cost a write.
final class LastUses: Sendable {
    private let uses = Mutex<[String: LastUse]>([:])

    func note(_ id: String, of account: AccountID, at now: Timestamp) {
        uses.withLock { $0[id] = LastUse(account: account, id: id, time: now) }
    }

    /// Nil when it was not used since.
    func time(of id: String) -> Timestamp? { uses.withLock { $0[id]?.time } }

    func time(of signIn: SignIn) -> Timestamp { time(of: signIn.id) ?? signIn.lastUsedAt }

    /// Hands out what the store has not been told.
    func take() -> [LastUse] {
        uses.withLock { uses in
            defer { uses = [:] }
            return uses.values.sorted { $0.time < $1.time }
        }
    }

    /// The store was not told of these after all.
    func putBack(_ taken: [LastUse]) {
        uses.withLock { uses in
            for use in taken where uses[use.id] == nil { uses[use.id] = use }
        }
    }
}

/// Has the store note from time to time when sign-ins and keys were used, and forget those that have expired.
struct LastUseKeeper: Service, CustomStringConvertible {
    let store: JSONFileStore
    let uses: LastUses
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// For the log, which would otherwise show everything that it holds.
    var description: String { "LastUseKeeper" }

    /// How much of the time of the last use is lost when the server stops.
    static let interval = Duration.seconds(600)

    func run() async throws {
        while await pause(Self.interval) { await write() }
    }

    func write() async {
        let (taken, now) = (uses.take(), now())
        guard !taken.isEmpty || store.peek({ $0.secrets.hasExpired(at: now) }) else { return }
        do {
            try await store.transact { $0.record(.lastUsesNoted(taken, at: now)) }
        } catch {
            uses.putBack(taken)
            logger.debug("When sign-ins were used is not noted yet", metadata: ["reason": "\(error)"])
        }
    }
}
