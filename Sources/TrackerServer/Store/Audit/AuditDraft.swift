import JSON
import OrderedCollections
import Shared

/// What the audit tells of a transaction's changes: each account, interval and correction once, as it is in the end. Pure.
///
/// What no change says, such as a look at an image, is noted by ``Transaction/note(_:about:_:)``.
struct AuditDraft {
    struct Item: Hashable {
        let what: AuditKind
        let about: String?
        var detail: JSONObject
    }

    private enum Subject: Hashable {
        case organization
        case account(String)
        case password(AccountID)
        case interval(AccountID)
        case correction(String)
        case image(String)
        case oldImages
        case signIn(String)
        case signIns(AccountID)
        case key(String)
        case factor(AccountID)
    }

    private var found: OrderedDictionary<Subject, Item> = [:]
    var items: [Item] { Array(found.values) }

    /// - Parameter state: as the transaction found it.
    init(_ changes: [Change], by author: Author, before state: borrowing TrackerState) {
        for change in changes { note(change, author, state) }
    }

    private mutating func note(_ change: Change, _ author: Author, _ state: borrowing TrackerState) {
        switch change {
        case .organizationSaved(let saved):
            found[.organization] = Item(
                what: .organizationSaved, about: nil, detail: JSONObject([("name", .string(saved.name))]))
        case .accountAdded(let user):
            found[.account(user.email)] = Item(
                what: .accountAdded, about: user.email, detail: JSONObject([("role", .string(user.role.rawValue))]))
        case .accountRoleChanged(let id, let role):
            changed(id, state) { $0["role"] = .string(role.rawValue) }
        case .accountRenamed(let id, let name): changed(id, state) { $0["name"] = .string(name) }
        case .accountRemoved(let id, _): removed(state.user(id)?.email ?? id.spelling)
        case .twinRemoved(let email): removed(email)
        case .credentialSet(let id, let credential): note(credential, of: id, author, state)
        case .intervalAssigned(let id, let seconds):
            found[.interval(id)] = Item(
                what: .intervalAssigned, about: spelling(of: id, state),
                detail: JSONObject([("intervalSeconds", .number(seconds))]))
        case .intervalRemoved(let id):
            found[.interval(id)] = Item(what: .intervalRemoved, about: spelling(of: id, state), detail: JSONObject())
        case .correctionMade(let correction): note(correction, .correctionMade, state)
        case .correctionRevoked(let id, _, _):
            if let correction = state.corrections[id] { note(correction, .correctionRevoked, state) }
        case .imagesRemoved(let files) where author.account == nil:
            found[.oldImages] = Item(
                what: .retention, about: nil, detail: JSONObject([("images", .number(files.count))]))
        case .imagesRemoved(let files):
            for file in files { if let record = state.uploads.record(of: file) { note(record, state) } }
        case .signInEnded(let id, let signIn):
            found[.signIn(signIn)] = Item(
                what: .tokensEnded, about: spelling(of: id, state), detail: JSONObject([("signIn", .string(signIn))]))
        case .signInsEnded(let id, _):
            found[.signIns(id)] = Item(what: .tokensEnded, about: spelling(of: id, state), detail: JSONObject())
        case .keyMade(let key): note(key, .keyMade, state)
        case .keyRemoved(let id): if let key = state.secrets.keys[id] { note(key, .keyRemoved, state) }
        case .factorSet(let id, let factor):
            guard factor.confirmedAt != nil, !state.hasSecondFactor(id) else { break }
            found[.factor(id)] = Item(what: .secondFactorSet, about: spelling(of: id, state), detail: JSONObject())
        case .factorRemoved(let id):
            guard state.hasSecondFactor(id) else { break }
            found[.factor(id)] = Item(what: .secondFactorRemoved, about: spelling(of: id, state), detail: JSONObject())
        // Keys end with a password that was set by another or with their account, which is told.
        case .keysEnded, .signInMade, .lastUsesNoted, .tokenRevoked, .sessionStarted, .heartbeatCounted, .sessionEnded,
            .sessionDiscarded, .sessionRecorded, .clientTracks, .imageStored, .audited:
            break
        }
    }

    private func spelling(of id: AccountID, _ state: borrowing TrackerState) -> String {
        state.user(id)?.email ?? id.spelling
    }

    private mutating func removed(_ email: String) {
        found[.account(email)] = Item(what: .accountRemoved, about: email, detail: JSONObject())
    }

    private mutating func changed(
        _ id: AccountID, _ state: borrowing TrackerState, _ set: (inout JSONObject) -> Void
    ) {
        let email = spelling(of: id, state)
        var item = found[.account(email)] ?? Item(what: .accountChanged, about: email, detail: JSONObject())
        set(&item.detail)
        found[.account(email)] = item
    }

    private mutating func note(
        _ credential: Credential, of id: AccountID, _ author: Author, _ state: borrowing TrackerState
    ) {
        let email = spelling(of: id, state)
        // A new account's first password is a part of it.
        guard found[.account(email)]?.what != .accountAdded else { return }
        let isOwn = author.account.map { AccountID(stored: $0) == id } ?? false
        found[.password(id)] = Item(
            what: isOwn ? .passwordChanged : .passwordReset, about: email,
            detail: JSONObject(isOwn ? [] : [("temporary", .bool(credential.mustChangePassword))]))
    }

    private mutating func note(_ key: APIKey, _ what: AuditKind, _ state: borrowing TrackerState) {
        found[.key(key.id)] = Item(
            what: what, about: spelling(of: key.account, state),
            detail: JSONObject([
                ("id", .string(key.id)), ("name", .string(key.name)), ("scope", .string(key.scope.rawValue)),
            ]))
    }

    private mutating func note(_ record: UploadRecord, _ state: borrowing TrackerState) {
        found[.image(record.file)] = Item(
            what: .captureDeleted, about: spelling(of: AccountID(stored: record.employeeID), state),
            detail: JSONObject([("file", .string(record.file)), ("ts", .string(record.ts.iso8601))]))
    }

    private mutating func note(_ correction: Correction, _ what: AuditKind, _ state: borrowing TrackerState) {
        found[.correction(correction.id)] = Item(
            what: what, about: spelling(of: AccountID(stored: correction.employeeID), state),
            detail: JSONObject([
                ("id", .string(correction.id)), ("date", .string(correction.date.iso8601)),
                ("minutes", .number(correction.minutes)),
            ]))
    }
}
