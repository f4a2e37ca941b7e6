import OrderedCollections
import Shared

/// Everything that is persisted, with the indexes that reading it needs. `apply` is pure: the same changes in the same
/// order always give the same state.
///
/// It can't be copied: a copy kept while the state changes would make the next change copy what it touches.
struct TrackerState: ~Copyable, Sendable {
    private(set) var users: OrderedDictionary<AccountID, Stored<User>> = [:]
    private(set) var organization = Stored(Organization.blank)
    /// Seconds by employee, in the order of the first assignment; 0: hours without captures.
    private(set) var intervals: OrderedDictionary<AccountID, Int> = [:]
    private(set) var sessions = SessionTable()
    private(set) var corrections = CorrectionTable()
    private(set) var uploads = UploadTable()
    private(set) var secrets = Secrets()
    /// The number of the audit's last line.
    private(set) var lastAudit = 0

    init() {}

    init(
        users: [Stored<User>], organization: Stored<Organization>, intervals: OrderedDictionary<AccountID, Int>,
        sessions: SessionTable, corrections: CorrectionTable, uploads: UploadTable,
        secrets: Secrets.Loaded
    ) {
        self.users = Self.byID(users)
        self.organization = organization
        self.intervals = intervals
        self.secrets = secrets.others
        for (spelling, credential) in secrets.credentials { take(credential, of: spelling) }
        self.sessions = sessions
        self.corrections = corrections
        self.uploads = uploads
    }

    /// Of accounts that are one by their ids now, and were not to earlier versions, one has the id: the first whose email is
    /// written as ids are, else the first. The others are its twins.
    private static func byID(_ users: [Stored<User>]) -> OrderedDictionary<AccountID, Stored<User>> {
        var holders: [AccountID: Int] = [:]
        for (index, user) in users.enumerated() {
            guard let holder = holders[user.value.id] else {
                holders[user.value.id] = index
                continue
            }
            if !users[holder].value.hasProperID, user.value.hasProperID { holders[user.value.id] = index }
        }
        let ids = users.enumerated().map { index, user in
            holders[user.value.id] == index ? user.value.id : AccountID(twin: user.value.email)
        }
        return OrderedDictionary(uniqueKeysWithValues: zip(ids, users))
    }

    /// Of several spellings of an id, as earlier versions wrote them, the account's own counts; where there is none, the
    /// highest version, so that no later account takes it up again.
    private mutating func take(_ credential: Credential, of spelling: String) {
        let id = AccountID(stored: spelling)
        guard let known = secrets.credentials[id] else {
            secrets.credentials[id] = credential
            return
        }
        let owner = users[id]?.value.email
        if owner == spelling || owner == nil && credential.version >= known.version {
            secrets.credentials[id] = credential
        }
    }

    /// Carries a change out. Each says how things are afterwards, not by how much they differ: a sequence of changes
    /// that is applied once more from any earlier point on ends in the same state; but for the places of intervals that
    /// went, alone or with their accounts, and were assigned again.
    mutating func apply(_ change: Change) {
        switch change {
        case .organizationSaved(let saved): organization.value = saved
        case .accountAdded(let user):
            // One that is there already is carried out once more: it was added behind all that are there now.
            var stored = users.removeValue(forKey: user.id) ?? Stored(user)
            stored.value = user
            users[user.id] = stored
        case .accountRoleChanged(let id, let role): users[id]?.value.role = role
        case .accountRenamed(let id, let name): users[id]?.value.name = name
        case .accountRemoved(let id, let version):
            users[id] = nil
            intervals[id] = nil
            secrets.remove(id, version: version)
        case .twinRemoved(let email): users[AccountID(twin: email)] = nil
        case .credentialSet(let id, let credential): secrets.set(credential, of: id)
        case .signInMade(let id, let signIn): secrets.signIns.record(signIn, of: id)
        case .signInEnded(let id, let signIn): secrets.signIns.end(signIn, of: id)
        case .signInsEnded(let id, let version): secrets.endSignIns(of: id, version: version)
        case .keyMade(let key): secrets.keys.record(key)
        case .keyRemoved(let id): secrets.keys.remove(id)
        case .keysEnded(let id): secrets.keys.removeAll(of: id)
        case .factorSet(let id, let factor): secrets.factors[id] = factor
        case .factorRemoved(let id): secrets.factors[id] = nil
        case .lastUsesNoted(let uses, let now): secrets.note(uses, at: now)
        case .tokenRevoked(let id, let expiresAt, let now):
            secrets.revoke(token: id, expiresAt: expiresAt, at: now)
        case .intervalAssigned(let id, let seconds): intervals[id] = seconds
        case .intervalRemoved(let id): intervals[id] = nil
        case .sessionStarted(let session): sessions.insert(session)
        case .heartbeatCounted(let id, let time, let idleSeconds):
            sessions.beat(id, at: time, idleSeconds: idleSeconds)
        case .sessionEnded(let id, let time, let idleSeconds): sessions.end(id, at: time, idleSeconds: idleSeconds)
        case .sessionDiscarded(let id): sessions.discard(id)
        case .sessionRecorded(let session): sessions.record(session)
        case .correctionMade(let correction): corrections.add(correction)
        case .correctionRevoked(let id, let time, let manager): corrections.revoke(id, at: time, by: manager)
        case .clientTracks(let id, let client): secrets.clients[id] = client
        case .imageStored(let record): uploads.append(record)
        case .imagesRemoved(let files): uploads.remove(files)
        case .audited(let record): continueAudit(after: record.number)
        }
    }

    /// The audit has so many lines.
    mutating func continueAudit(after last: Int) { lastAudit = max(lastAudit, last) }
}

extension TrackerState {
    func user(_ id: AccountID) -> User? { users[id]?.value }
    /// The account of exactly that spelling, whose id another one has.
    func twin(_ email: String) -> User? { users[AccountID(twin: email)]?.value }
    /// In insertion order.
    var accounts: [User] { users.values.map(\.value) }
    func credential(of id: AccountID) -> Credential? { secrets.credentials[id] }
    /// The assigned capture interval, in seconds; 0: hours without captures.
    func interval(of id: AccountID) -> Int? { intervals[id] }

    /// In start order.
    var openSessions: [WorkSession] { sessions.openSessions }
    /// The employee's newest session that has not ended.
    func openSession(of id: AccountID) -> WorkSession? { sessions.openSession(of: id) }
    /// The client of the employee's newest session, where it is known.
    func client(of id: AccountID) -> SessionClient? { secrets.clients[id] }
    func upload(named name: String) -> UploadRecord? { uploads.record(named: name) }
    /// The record that an earlier upload with the same idempotency key left.
    func upload(of employee: AccountID, key: String) -> UploadRecord? { uploads.record(of: employee, key: key) }

    func isRevoked(tokenID: String) -> Bool { secrets.revokedTokens[tokenID] != nil }

    /// True when a login of the account needs a code.
    func hasSecondFactor(_ id: AccountID) -> Bool { secrets.factors[id]?.confirmedAt != nil }

    /// The account's sign-ins whose tokens still work, in the order in which they were made.
    func signIns(of id: AccountID, at now: Timestamp) -> [SignIn] {
        let version = credential(of: id)?.version
        return secrets.signIns.all(of: id).filter { $0.version == version && $0.expiresAt > now }
    }

    /// The change that ends all sign-ins of an account. The version of its credential rises: tokens of earlier versions of the
    /// server belong to no sign-in.
    func endOfSignIns(of id: AccountID) -> Change {
        .signInsEnded(id, version: (secrets.credentials[id]?.version ?? 0) + 1)
    }

    /// The change that removes an account. Its version rises: tokens of the removed account must not work for a later one
    /// of the same id.
    func removal(of id: AccountID) -> Change {
        .accountRemoved(id, version: (secrets.credentials[id]?.version ?? 0) + 1)
    }
}
