import Shared
import Testing

@testable import TrackerServer

@Suite struct EventDraftTests {
    private let start = SampleChanges.time
    private let mira = AccountID(stored: "Mira@x")
    private let credential = Credential(verifier: "v", version: 1, mustChangePassword: false)

    private var user: User { User(email: "Mira@x", name: "", role: .employee, createdAt: start) }
    private var session: WorkSession { SampleChanges.session("mira", at: start) }
    private var midnight: Timestamp { start.adding(seconds: 3600) }

    /// The events of the last of these transactions.
    private func events(_ transactions: [Change]...) -> [OfficeEvent] {
        var transaction = Transaction(state: TrackerState())
        var events: [OfficeEvent] = []
        for changes in transactions {
            for change in changes { transaction.record(change) }
            let draft = EventDraft(changes, before: transaction.state)
            _ = transaction.apply()
            events = draft.events(after: transaction.state)
        }
        return events
    }

    @Test func aSessionThatEndsIsToldAsAWhole() {
        let beat = Change.heartbeatCounted(session: session.id, at: start.adding(seconds: 60), idleSeconds: 5)
        #expect(events([.sessionStarted(session)]) == [.session(session)])
        #expect(events([.sessionStarted(session)], [beat]) == [])
        var ended = session
        ended.lastHeartbeatAt = start.adding(seconds: 60)
        ended.endedAt = start.adding(seconds: 90)
        ended.isActive = false
        ended.idleSeconds = 7
        let end = Change.sessionEnded(session: session.id, at: start.adding(seconds: 90), idleSeconds: 7)
        #expect(events([.sessionStarted(session)], [beat], [end]) == [.session(ended)])
        #expect(events([.sessionStarted(session)], [beat], [end], [end]) == [], "it was over already")
    }

    @Test func partsAreToldAsTheyAreInTheEnd() {
        var next = SampleChanges.session("mira", at: midnight)
        var ended = session
        ended.endedAt = midnight
        ended.isActive = false
        ended.idleSeconds = 3
        let end = Change.sessionEnded(session: session.id, at: midnight, idleSeconds: 3)
        let beat = Change.heartbeatCounted(session: next.id, at: midnight.adding(seconds: 20), idleSeconds: 2)
        let found = events([.sessionStarted(session)], [end, .sessionStarted(next), beat])
        next.lastHeartbeatAt = midnight.adding(seconds: 20)
        next.idleSeconds = 2
        #expect(found == [.session(ended), .session(next)])
    }

    @Test func aSessionWithoutLengthIsToldToHaveEnded() {
        var ended = session
        ended.endedAt = start
        ended.isActive = false
        let discard = Change.sessionDiscarded(session: session.id)
        #expect(events([.sessionStarted(session)], [discard]) == [.session(ended)])
        #expect(events([.sessionStarted(session), discard]) == [], "nobody knew of it")
        #expect(events([discard]) == [])
    }

    @Test func whatIsRecordedTwiceInOneTurnIsToldOnce() {
        let short = SampleChanges.session("mira", at: start, end: start.adding(seconds: 60))
        let long = SampleChanges.session("mira", at: start, end: start.adding(seconds: 120), idle: 4)
        var expected = long
        expected.lastHeartbeatAt = start.adding(seconds: 120)
        #expect(events([.sessionRecorded(short)]) == [.session(short)])
        #expect(events([.sessionRecorded(short), .sessionRecorded(long)]) == [.session(expected)])
        #expect(events([.sessionRecorded(short)], [.sessionRecorded(long)]) == [.session(expected)])
    }

    @Test func anAccountIsToldOnceAndAsItIsSpelled() {
        let other = AccountID(stored: "mira@X")
        let added = [Change.accountAdded(user), .credentialSet(mira, credential)]
        #expect(events(added) == [.account(email: "Mira@x", .added)])
        let changed = [OfficeEvent.account(email: "Mira@x", .changed)]
        #expect(events(added, [.accountRenamed(other, name: "M"), .accountRoleChanged(other, .manager)]) == changed)
        #expect(events(added, [.credentialSet(other, credential)]) == changed)
        let removed = Change.accountRemoved(other, version: 2)
        #expect(events(added, [removed]) == [.account(email: "Mira@x", .removed)])
        #expect(events(added, [removed], [removed]) == [])
        #expect(events([.credentialSet(mira, credential)]) == [], "there is no such account")
        #expect(events([.twinRemoved(email: " mira@x")]) == [.account(email: " mira@x", .removed)])
    }

    @Test func intervalsImagesAndTheOrganizationAreTold() {
        let record = UploadRecord(file: "uploads/a.png", employeeID: "mira", ts: start)
        let found = events([
            .intervalAssigned(mira, seconds: 300), .imageStored(record),
            .organizationSaved(Organization(name: "Harbour", createdAt: start)),
        ])
        #expect(
            found == [
                .interval(IntervalAssigned(employeeID: "Mira@x", interval: .seconds(300))), .capture(record),
                .organization(name: "Harbour", createdAt: start),
            ])
        #expect(
            events([.intervalRemoved(mira)])
                == [.interval(IntervalAssigned(employeeID: "Mira@x", interval: .unassigned))])
    }

    @Test func aCorrectionIsToldAsItIsThen() {
        let made = SampleChanges.correction("c-1", minutes: 30)
        var revoked = made
        (revoked.revokedAt, revoked.revokedBy) = (midnight, "ada")
        let revocation = Change.correctionRevoked(id: "c-1", at: midnight, by: "ada")
        #expect(events([.correctionMade(made)]) == [.correction(made)])
        #expect(events([.correctionMade(made)], [revocation]) == [.correction(revoked)])
        #expect(events([revocation]) == [], "there is none")
    }

    @Test func tokensClientsAndWhatRetentionRemovesAreNot() {
        #expect(
            events([
                .signInMade(mira, SampleChanges.signIn("s")), .signInEnded(mira, id: "s"),
                .signInsEnded(mira, version: 2), .lastUsesNoted([], at: start),
                .keyMade(SampleChanges.key("k")), .keyRemoved(id: "k"), .keysEnded(mira),
                .factorSet(mira, SecondFactor(secret: "")), .factorRemoved(mira),
                .tokenRevoked(id: "t", expiresAt: .latest, at: start), .clientTracks(mira, nil),
                .imagesRemoved(["uploads/a.png"]),
            ]) == [])
    }
}
