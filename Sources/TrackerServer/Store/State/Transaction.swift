import JSON
import Shared

/// What a transaction sees and records.
struct Transaction: ~Copyable, Sendable {
    /// The state as it was when the transaction began.
    private(set) var state: TrackerState
    private(set) var changes: [Change] = []
    /// On whose behalf it runs; nil for what the audit does not tell of, such as a session that ends by itself.
    private var author: Author?
    private var time = Timestamp.earliest

    init(state: consuming TrackerState) {
        self.state = state
    }

    mutating func begin(by author: Author?, at now: Timestamp) {
        self.author = author
        time = now
    }

    mutating func record(_ change: Change) {
        changes.append(change)
    }

    /// Tells the audit of something that no change says. It is on disk when the transaction returns.
    /// - Parameters:
    ///   - about: the account that it concerns, as it is spelled.
    ///   - detail: what else there is to say; never a password, a token, a key or a picture.
    mutating func note(_ what: AuditKind, about: String?, _ detail: JSONObject? = nil) {
        let noted = changes.count { if case .audited = $0 { true } else { false } }
        let entry = AuditEntry(
            at: time, who: author?.account, address: author?.address, what: what, about: about,
            detail: detail.flatMap { $0.members.isEmpty ? nil : $0 })
        changes.append(.audited(AuditRecord(number: state.lastAudit + noted + 1, entry: entry)))
    }

    /// Tells the audit of what was recorded on somebody's behalf.
    mutating func noteChanges() {
        guard let author else { return }
        for item in AuditDraft(changes, by: author, before: state).items {
            note(item.what, about: item.about, item.detail)
        }
    }

    /// The audit has so many lines already.
    mutating func continueAudit(after last: Int) { state.continueAudit(after: last) }

    /// Carries out what was recorded.
    /// - Returns: the changes.
    mutating func apply() -> [Change] {
        for change in changes { state.apply(change) }
        defer { changes = [] }
        return changes
    }

    mutating func giveUp() {
        changes = []
    }
}
