import JSON
import Shared

/// One case for each thing that can happen to the persisted data; ``TrackerState/apply(_:)`` carries it out.
enum Change: Sendable, Hashable {
    case organizationSaved(Organization)
    case accountAdded(User)
    case accountRoleChanged(AccountID, Role)
    case accountRenamed(AccountID, name: String)
    /// The account, its interval and its password go; its history stays, and so does the version of its credential.
    case accountRemoved(AccountID, version: Int)
    /// The account of exactly that spelling goes, whose id another one has, see ``Shared/AccountID/init(twin:)``; all that
    /// belongs to the id stays.
    case twinRemoved(email: String)
    case credentialSet(AccountID, Credential)
    /// Made, or prolonged: afterwards it is as this.
    case signInMade(AccountID, SignIn)
    /// All its tokens end.
    case signInEnded(AccountID, id: String)
    /// Whatever was made under an earlier version of the account's credential ends; its password stays.
    case signInsEnded(AccountID, version: Int)
    case keyMade(APIKey)
    case keyRemoved(id: String)
    /// All keys of an account end.
    case keysEnded(AccountID)
    /// As it is afterwards: asked for, confirmed, or with one more of its codes taken.
    case factorSet(AccountID, SecondFactor)
    case factorRemoved(AccountID)
    /// When things were used that accounts sign in with. What has expired by `at` is forgotten.
    case lastUsesNoted([LastUse], at: Timestamp)
    /// The token `id`, which belongs to no sign-in, ends before its time. Forgotten once `expiresAt` has passed.
    case tokenRevoked(id: String, expiresAt: Timestamp, at: Timestamp)
    /// 0: hours without captures.
    case intervalAssigned(AccountID, seconds: Int)
    /// None is assigned any more.
    case intervalRemoved(AccountID)
    case sessionStarted(WorkSession)
    case heartbeatCounted(session: String, at: Timestamp, idleSeconds: Double)
    case sessionEnded(session: String, at: Timestamp, idleSeconds: Double)
    /// The session turned out to have no length.
    case sessionDiscarded(session: String)
    /// A session that is over is known as this, whether it was known before or not: work was told of later.
    case sessionRecorded(WorkSession)
    case correctionMade(Correction)
    /// It counts no more.
    case correctionRevoked(id: String, at: Timestamp, by: String)
    /// Which client tracks the employee's newest session, and those that follow it by themselves; nil when nobody has said so.
    case clientTracks(AccountID, SessionClient?)
    case imageStored(UploadRecord)
    /// The index forgets these files (`uploads/<name>`).
    case imagesRemoved([String])
    /// The audit has a line more. It has a file of its own, see ``AuditLog``.
    case audited(AuditRecord)

    /// The files whose content the change touches.
    var files: [DataFile] {
        switch self {
        case .organizationSaved: [.organization]
        case .accountAdded, .accountRoleChanged, .accountRenamed, .twinRemoved: [.users]
        case .accountRemoved: [.credentials, .users, .intervals]
        case .credentialSet, .signInMade, .signInEnded, .signInsEnded, .keyMade, .keyRemoved, .keysEnded, .factorSet,
            .factorRemoved, .lastUsesNoted, .tokenRevoked, .clientTracks:
            [.credentials]
        case .intervalAssigned, .intervalRemoved: [.intervals]
        case .sessionStarted, .heartbeatCounted, .sessionEnded, .sessionDiscarded, .sessionRecorded: [.workSessions]
        case .correctionMade, .correctionRevoked: [.corrections]
        case .imageStored, .imagesRemoved: [.uploadsIndex]
        case .audited: []
        }
    }
}
