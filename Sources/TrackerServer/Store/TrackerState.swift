import OrderedCollections
import Shared

/// Everything that is persisted, with the indexes that reading it needs. `apply` is pure: the same changes in the same
/// order always give the same state.
struct TrackerState: Sendable {
    private(set) var users: OrderedDictionary<AccountID, Stored<User>> = [:]
    private(set) var organization = Stored(Organization.blank)
    /// Seconds by employee, in the order of the first assignment.
    private(set) var intervals: OrderedDictionary<AccountID, Int> = [:]
    /// In start order.
    private(set) var sessions: [Stored<WorkSession>] = []
    /// In arrival order.
    private(set) var uploads: [Stored<UploadRecord>] = []
    private(set) var credentials: OrderedDictionary<AccountID, Credential> = [:]
    /// Ids of tokens that ended before their time, and when they would have.
    private(set) var revokedTokens: OrderedDictionary<String, Timestamp> = [:]

    private var sessionPositions: [String: Int] = [:]
    /// Ids of the sessions that have not ended.
    private(set) var openSessionIDs: OrderedSet<String> = []
    /// When the employee's last ended session ended.
    private(set) var lastSessionEnds: [AccountID: Timestamp] = [:]
    private var uploadPositions: [String: Int] = [:]
    private var uploadPositionsByKey: [UploadKey: Int] = [:]

    init() {}

    init(
        users: [Stored<User>], organization: Stored<Organization>, intervals: OrderedDictionary<AccountID, Int>,
        sessions: [Stored<WorkSession>], uploads: [Stored<UploadRecord>],
        credentials: OrderedDictionary<AccountID, Credential>, revokedTokens: OrderedDictionary<String, Timestamp>
    ) {
        for user in users { self.users[user.value.id] = user }
        self.organization = organization
        self.intervals = intervals
        self.credentials = credentials
        self.revokedTokens = revokedTokens
        self.sessions = sessions
        self.uploads = uploads
        indexSessions(from: 0)
        for position in uploads.indices { indexUpload(at: position) }
    }

    mutating func apply(_ change: Change) {
        switch change {
        case .organizationSaved(let saved): organization.value = saved
        case .accountAdded(let user): users[user.id] = Stored(user)
        case .accountRoleChanged(let id, let role): users[id]?.value.role = role
        case .accountRemoved(let id): remove(id)
        case .credentialSet(let id, let credential): credentials[id] = credential
        case .tokenRevoked(let id, let expiresAt, let now):
            revokedTokens.removeAll { $0.value <= now }
            revokedTokens[id] = expiresAt
        case .intervalAssigned(let id, let seconds): intervals[id] = seconds
        case .sessionStarted(let session): insert(session)
        case .heartbeatCounted(let id, let time, let idleSeconds):
            guard let position = sessionPositions[id] else { return }
            sessions[position].value.lastHeartbeatAt = time
            sessions[position].value.idleSeconds = idleSeconds
        case .sessionEnded(let id, let time, let idleSeconds): end(id, at: time, idleSeconds: idleSeconds)
        case .sessionDiscarded(let id): discard(id)
        case .imageStored(let record):
            uploads.append(Stored(record))
            indexUpload(at: uploads.count - 1)
        }
    }

    private mutating func remove(_ id: AccountID) {
        users[id] = nil
        intervals[id] = nil
        // The version stays and rises: tokens of the removed account must not work for a later one of the same id.
        let version = credentials[id]?.version ?? 0
        credentials[id] = Credential(verifier: nil, version: version + 1, mustChangePassword: false)
    }

    private mutating func insert(_ session: WorkSession) {
        var position = sessions.count
        while position > 0, sessions[position - 1].value.startedAt > session.startedAt { position -= 1 }
        sessions.insert(Stored(session), at: position)
        indexSessions(from: position)
    }

    private mutating func end(_ id: String, at time: Timestamp, idleSeconds: Double) {
        guard let position = sessionPositions[id] else { return }
        sessions[position].value.endedAt = time
        sessions[position].value.lastHeartbeatAt = min(sessions[position].value.lastHeartbeatAt, time)
        sessions[position].value.isActive = false
        sessions[position].value.idleSeconds = idleSeconds
        openSessionIDs.remove(id)
        noteEnd(of: sessions[position].value)
    }

    private mutating func discard(_ id: String) {
        guard let position = sessionPositions.removeValue(forKey: id) else { return }
        sessions.remove(at: position)
        openSessionIDs.remove(id)
        indexSessions(from: position)
    }

    private mutating func indexSessions(from start: Int) {
        for position in start..<sessions.count {
            let session = sessions[position].value
            sessionPositions[session.id] = position
            if session.endedAt == nil { openSessionIDs.append(session.id) } else { noteEnd(of: session) }
        }
    }

    private mutating func noteEnd(of session: WorkSession) {
        guard let end = session.endedAt else { return }
        let id = AccountID(stored: session.employeeID)
        lastSessionEnds[id] = max(lastSessionEnds[id] ?? end, end)
    }

    private mutating func indexUpload(at position: Int) {
        let record = uploads[position].value
        uploadPositions[record.name] = position
        if let key = UploadName.idempotencyKey(in: record.name) {
            uploadPositionsByKey[UploadKey(employee: AccountID(stored: record.employeeID), key: key)] = position
        }
    }

    private struct UploadKey: Sendable, Hashable {
        let employee: AccountID
        let key: String
    }
}

extension TrackerState {
    func user(_ id: AccountID) -> User? { users[id]?.value }
    /// In insertion order.
    var accounts: [User] { users.values.map(\.value) }
    func credential(of id: AccountID) -> Credential? { credentials[id] }
    /// The assigned capture interval, in seconds.
    func interval(of id: AccountID) -> Int? { intervals[id] }
    func isRevoked(tokenID: String) -> Bool { revokedTokens[tokenID] != nil }

    /// The sessions that have not ended, in start order of their records.
    var openSessions: [WorkSession] {
        openSessionIDs.compactMap { id in sessionPositions[id].map { sessions[$0].value } }
    }

    /// The employee's newest session that has not ended.
    func openSession(of id: AccountID) -> WorkSession? {
        openSessions.last { AccountID(stored: $0.employeeID) == id }
    }

    func upload(named name: String) -> UploadRecord? {
        uploadPositions[name].map { uploads[$0].value }
    }

    /// The record that an earlier upload with the same idempotency key left.
    func upload(of employee: AccountID, key: String) -> UploadRecord? {
        uploadPositionsByKey[UploadKey(employee: employee, key: key)].map { uploads[$0].value }
    }
}
