import OrderedCollections
import Shared
import Testing

@testable import TrackerServer

@Suite struct TrackerStateTests {
    private func session(_ employee: String, at start: Int64, end: Int64? = nil) -> WorkSession {
        WorkSession(
            id: "\(employee)-\(start)", employeeID: employee, startedAt: Timestamp(milliseconds: start),
            endedAt: end.map { Timestamp(milliseconds: $0) }, isActive: end == nil, idleSeconds: 0,
            lastHeartbeatAt: Timestamp(milliseconds: start), date: "1970-01-01")
    }

    @Test func sessionsStandInStartOrderHoweverTheyArrive() {
        var state = TrackerState()
        for (employee, start) in [("a", 10), ("b", 30), ("c", 20), ("d", 30)] as [(String, Int64)] {
            state.apply(.sessionStarted(session(employee, at: start)))
        }
        #expect(state.allSessions.map(\.id) == ["a-10", "c-20", "b-30", "d-30"])
        state.apply(.sessionEnded(session: "c-20", at: Timestamp(milliseconds: 25), idleSeconds: 1))
        state.apply(.sessionDiscarded(session: "a-10"))
        state.apply(.heartbeatCounted(session: "d-30", at: Timestamp(milliseconds: 40), idleSeconds: 2))
        #expect(state.allSessions.map(\.id) == ["c-20", "b-30", "d-30"])
        #expect(state.allSessions.map(\.lastHeartbeatAt.milliseconds) == [20, 30, 40])
        #expect(state.openSessions.map(\.id).sorted() == ["b-30", "d-30"])
        #expect(state.openSession(of: AccountID(stored: "c")) == nil)
        #expect(state.sessions.lastEnd(of: AccountID(stored: "C")) == Timestamp(milliseconds: 25))
    }

    @Test func aRemovedAccountKeepsItsHistoryAndItsVersion() {
        var state = TrackerState()
        let id = AccountID(stored: "a")
        let user = User(email: "a", name: "", role: .employee, createdAt: Timestamp(milliseconds: 0))
        state.apply(.accountAdded(user))
        state.apply(.credentialSet(id, Credential(verifier: "v", version: 4, mustChangePassword: false)))
        state.apply(.intervalAssigned(id, seconds: 120))
        state.apply(.sessionStarted(session("a", at: 10, end: 20)))
        state.apply(state.removal(of: id))
        #expect(state.user(id) == nil)
        #expect(state.interval(of: id) == nil)
        #expect(state.sessions.count == 1)
        #expect(state.credential(of: id) == Credential(verifier: nil, version: 5, mustChangePassword: false))
    }

    @Test func intervalsKeepTheOrderOfTheFirstAssignment() {
        var state = TrackerState()
        for (id, seconds) in [("10", 120), ("9", 180), ("10", 240)] {
            state.apply(.intervalAssigned(AccountID(stored: id), seconds: seconds))
        }
        #expect(state.intervals.map(\.key.spelling) == ["10", "9"])
        #expect(state.intervals.map(\.value) == [240, 180])
        state.apply(.intervalRemoved(AccountID(stored: "10")))
        #expect(state.interval(of: AccountID(stored: "10")) == nil)
        state.apply(.intervalAssigned(AccountID(stored: "10"), seconds: 0))
        #expect(state.intervals.map(\.key.spelling) == ["9", "10"])
        #expect(state.intervals.map(\.value) == [180, 0])
    }

    @Test func anUploadIsFoundByItsKeyForItsOwnEmployeeAlone() {
        var state = TrackerState()
        let key = "0b7e7a0e-1111-4222-8333-0123456789ab"
        let record = UploadRecord(
            file: "uploads/2026-03-02T08-05-01-044Z-\(key).png", employeeID: "Mira", ts: Timestamp(milliseconds: 0))
        state.apply(.imageStored(record))
        #expect(state.upload(of: AccountID(stored: "mira"), key: key) == record)
        #expect(state.upload(of: AccountID(stored: "bob"), key: key) == nil)
        #expect(state.upload(named: record.name) == record)
    }

    @Test func revokedTokensAreForgottenOnceTheyHaveExpired() {
        var state = TrackerState()
        state.apply(.tokenRevoked(id: "a", expiresAt: Timestamp(milliseconds: 100), at: Timestamp(milliseconds: 0)))
        state.apply(.tokenRevoked(id: "b", expiresAt: Timestamp(milliseconds: 900), at: Timestamp(milliseconds: 100)))
        #expect(state.secrets.revokedTokens.keys == ["b"])
    }
}
