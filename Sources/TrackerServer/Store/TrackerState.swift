import OrderedCollections
import Shared

/// Everything that is persisted, with the indexes that reading it needs. `apply` is pure: the same changes in the same
/// order always give the same state.
///
/// It can't be copied: a copy kept while the state changes would make the next change copy what it touches.
struct TrackerState: ~Copyable, Sendable {
    private(set) var users: OrderedDictionary<AccountID, Stored<User>> = [:]
    private(set) var organization = Stored(Organization.blank)
    /// Seconds by employee, in the order of the first assignment.
    private(set) var intervals: OrderedDictionary<AccountID, Int> = [:]
    private(set) var sessions = SessionTable()
    private(set) var uploads = UploadTable()
    private(set) var credentials: OrderedDictionary<AccountID, Credential> = [:]
    /// Ids of tokens that ended before their time, and when they would have.
    private(set) var revokedTokens: OrderedDictionary<String, Timestamp> = [:]

    init() {}

    init(
        users: [Stored<User>], organization: Stored<Organization>, intervals: OrderedDictionary<AccountID, Int>,
        sessions: SessionTable, uploads: UploadTable, credentials: OrderedDictionary<AccountID, Credential>,
        revokedTokens: OrderedDictionary<String, Timestamp>
    ) {
        for user in users { self.users[user.value.id] = user }
        self.organization = organization
        self.intervals = intervals
        self.credentials = credentials
        self.revokedTokens = revokedTokens
        self.sessions = sessions
        self.uploads = uploads
    }

    /// Carries a change out. Each says how things are afterwards, not by how much they differ: a sequence of changes
    /// that is applied once more from any earlier point on ends in the same state; but for the places of intervals that
    /// went with their accounts and were assigned again.
    mutating func apply(_ change: Change) {
        switch change {
        case .organizationSaved(let saved): organization.value = saved
        case .accountAdded(let user):
            // One that is there already is carried out once more: it was added behind all that are there now.
            var stored = users.removeValue(forKey: user.id) ?? Stored(user)
            stored.value = user
            users[user.id] = stored
        case .accountRoleChanged(let id, let role): users[id]?.value.role = role
        case .accountRemoved(let id, let version):
            users[id] = nil
            intervals[id] = nil
            credentials[id] = Credential(verifier: nil, version: version, mustChangePassword: false)
        case .credentialSet(let id, let credential): credentials[id] = credential
        case .tokenRevoked(let id, let expiresAt, let now):
            if revokedTokens.contains(where: { $0.value <= now }) { revokedTokens.removeAll { $0.value <= now } }
            revokedTokens[id] = expiresAt
        case .intervalAssigned(let id, let seconds): intervals[id] = seconds
        case .sessionStarted(let session): sessions.insert(session)
        case .heartbeatCounted(let id, let time, let idleSeconds):
            sessions.beat(id, at: time, idleSeconds: idleSeconds)
        case .sessionEnded(let id, let time, let idleSeconds): sessions.end(id, at: time, idleSeconds: idleSeconds)
        case .sessionDiscarded(let id): sessions.discard(id)
        case .imageStored(let record): uploads.append(record)
        case .imagesRemoved(let files): uploads.remove(files)
        }
    }
}

extension TrackerState {
    func user(_ id: AccountID) -> User? { users[id]?.value }
    /// In insertion order.
    var accounts: [User] { users.values.map(\.value) }
    func credential(of id: AccountID) -> Credential? { credentials[id] }
    /// The assigned capture interval, in seconds.
    func interval(of id: AccountID) -> Int? { intervals[id] }

    /// In start order.
    var openSessions: [WorkSession] { sessions.openSessions }
    /// The employee's newest session that has not ended.
    func openSession(of id: AccountID) -> WorkSession? { sessions.openSession(of: id) }
    func upload(named name: String) -> UploadRecord? { uploads.record(named: name) }
    /// The record that an earlier upload with the same idempotency key left.
    func upload(of employee: AccountID, key: String) -> UploadRecord? { uploads.record(of: employee, key: key) }

    func isRevoked(tokenID: String) -> Bool { revokedTokens[tokenID] != nil }

    /// The change that removes an account. Its version rises: tokens of the removed account must not work for a later one
    /// of the same id.
    func removal(of id: AccountID) -> Change {
        .accountRemoved(id, version: (credentials[id]?.version ?? 0) + 1)
    }
}
