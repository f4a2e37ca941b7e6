import OrderedCollections
import Shared

/// The events of a transaction, made in two steps: some need what is gone after it, others what is there only then. Both steps
/// are taken in one turn, so that no event tells what came later. Pure.
///
/// Each thing is told once, as it is in the end, in the order in which the transaction came to it: states in between are never
/// on disk.
struct EventDraft {
    private enum Subject: Hashable {
        case organization
        case account(String)
        case interval(AccountID)
        case session(String)
        case image(String)
        case correction(String)
    }

    private enum Entry {
        case event(OfficeEvent)
        /// - Parameter before: as it was open; nil when the transaction starts it, or records work that is over.
        case session(startedAt: Timestamp, before: WorkSession?)
    }

    private var entries: OrderedDictionary<Subject, Entry> = [:]

    init(_ changes: [Change], before state: borrowing TrackerState) {
        for change in changes { note(change, state) }
    }

    private mutating func note(_ change: Change, _ state: borrowing TrackerState) {
        switch change {
        case .organizationSaved(let saved):
            entries[.organization] = .event(.organization(name: saved.name, createdAt: saved.createdAt))
        case .accountAdded(let user): note(user.email, .added)
        case .accountRoleChanged(let id, _), .accountRenamed(let id, _), .credentialSet(let id, _):
            // Of one that is added in the same turn, that is told.
            if let user = state.user(id), entries[.account(user.email)] == nil { note(user.email, .changed) }
        case .accountRemoved(let id, _): if let user = state.user(id) { note(user.email, .removed) }
        case .twinRemoved(let email): note(email, .removed)
        case .intervalAssigned(let id, let seconds): note(id, .seconds(seconds))
        case .intervalRemoved(let id): note(id, .unassigned)
        case .sessionStarted(let session), .sessionRecorded(let session): note(session, before: nil)
        case .sessionEnded(let id, _, _), .sessionDiscarded(let id):
            if let session = state.sessions.openSession(withID: id) { note(session, before: session) }
        case .imageStored(let record): entries[.image(record.file)] = .event(.capture(record))
        case .correctionMade(let correction):
            entries[.correction(correction.id)] = .event(.correction(correction))
        case .correctionRevoked(let id, let time, let manager):
            if var correction = state.corrections[id] {
                (correction.revokedAt, correction.revokedBy) = (time, manager)
                entries[.correction(id)] = .event(.correction(correction))
            }
        case .heartbeatCounted, .signInMade, .signInEnded, .signInsEnded, .keyMade, .keyRemoved, .keysEnded, .factorSet,
            .factorRemoved, .lastUsesNoted, .tokenRevoked, .clientTracks, .imagesRemoved, .audited:
            break
        }
    }

    private mutating func note(_ email: String, _ change: OfficeEvent.AccountChange) {
        entries[.account(email)] = .event(.account(email: email, change))
    }

    private mutating func note(_ id: AccountID, _ interval: CaptureInterval) {
        entries[.interval(id)] = .event(.interval(IntervalAssigned(employeeID: id.spelling, interval: interval)))
    }

    private mutating func note(_ session: WorkSession, before: WorkSession?) {
        guard entries[.session(session.id)] == nil else { return }
        entries[.session(session.id)] = .session(startedAt: session.startedAt, before: before)
    }

    /// - Parameter state: as the transaction has left it.
    func events(after state: borrowing TrackerState) -> [OfficeEvent] {
        var events: [OfficeEvent] = []
        for (subject, entry) in entries {
            switch (entry, subject) {
            case (.event(let event), _): events.append(event)
            case (.session(let start, let before), .session(let id)):
                let session = state.sessions.session(id, startedAt: start) ?? before.map(\.endedAtItsStart)
                if let session { events.append(.session(session)) }
            default: break
            }
        }
        return events
    }
}

extension WorkSession {
    /// As one is told that turned out to have no length.
    fileprivate var endedAtItsStart: WorkSession {
        var session = self
        session.endedAt = startedAt
        session.isActive = false
        return session
    }
}
