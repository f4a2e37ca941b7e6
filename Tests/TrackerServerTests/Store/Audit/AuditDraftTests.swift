import JSON
import OrderedCollections
import Shared
import Testing

@testable import TrackerServer

struct AuditDraftTests {
    private static let eva = AccountID(stored: "eva")

    /// The lines that changes leave, in a state where `eva` is an employee with an interval.
    private static func lines(_ changes: [Change], by author: Author?) -> [String] {
        var transaction = Transaction(state: TrackerState())
        for change in [
            Change.accountAdded(User(email: "eva", name: "Eva", role: .employee, createdAt: SampleChanges.time)),
            .correctionMade(SampleChanges.correction("c-1", of: "eva", minutes: 15)),
            .imageStored(UploadRecord(file: "uploads/a.png", employeeID: "eva", ts: SampleChanges.time)),
        ] { transaction.record(change) }
        _ = transaction.apply()
        transaction.begin(by: author, at: SampleChanges.time)
        for change in changes { transaction.record(change) }
        transaction.noteChanges()
        return transaction.apply().compactMap { change in
            guard case .audited(let record) = change else { return nil }
            let entry = record.entry
            return
                "\(record.number) \(entry.who ?? "-") \(entry.what.rawValue) \(entry.about ?? "-") \(entry.detail.map { JSONValue.object($0).compactText } ?? "-")"
        }
    }

    private static func credential(_ mustChange: Bool) -> Credential {
        Credential(verifier: "v", version: 2, mustChangePassword: mustChange)
    }

    @Test func aNewAccountIsOneLineWithItsPassword() {
        let user = User(email: "tom", name: "", role: .employee, createdAt: SampleChanges.time)
        #expect(
            Self.lines(
                [.accountAdded(user), .credentialSet(user.id, Self.credential(true))],
                by: Author(account: "max", address: nil))
                == [#"1 max account_added tom {"role":"employee"}"#])
    }

    @Test func apasswordIsChangedByItsOwnerAndResetByOthers() {
        let change = Change.credentialSet(Self.eva, Self.credential(true))
        #expect(Self.lines([change], by: Author(account: "Eva", address: nil)) == ["1 Eva password_changed eva -"])
        #expect(
            Self.lines([change], by: Author(account: "max", address: nil))
                == [#"1 max password_reset eva {"temporary":true}"#])
        #expect(Self.lines([change], by: .server) == [#"1 - password_reset eva {"temporary":true}"#])
    }

    @Test func whatHappensToAnAccountInOneTurnIsOneLine() {
        #expect(
            Self.lines(
                [.accountRoleChanged(Self.eva, .superAdmin), .accountRenamed(Self.eva, name: "Eve")], by: .server)
                == [#"1 - account_changed eva {"role":"super_admin","name":"Eve"}"#])
    }

    @Test func intervalsCorrectionsAndTheRest() {
        let max = Author(account: "max", address: nil)
        #expect(
            Self.lines(
                [
                    .intervalAssigned(AccountID(stored: "EVA"), seconds: 120),
                    .correctionRevoked(id: "c-1", at: SampleChanges.time, by: "max"),
                    .organizationSaved(Organization(name: "Harbour", createdAt: nil)),
                    .accountRemoved(Self.eva, version: 3),
                ], by: max) == [
                    #"1 max interval_assigned eva {"intervalSeconds":120}"#,
                    #"2 max correction_revoked eva {"id":"c-1","date":"2026-03-02","minutes":15}"#,
                    #"3 max organization_saved - {"name":"Harbour"}"#, "4 max account_removed eva -",
                ])
    }

    @Test func imagesThatGoAreOldOnesOrOnesThatSomebodyDeletes() {
        let changes = [Change.imagesRemoved(["uploads/a.png", "uploads/unknown.png"])]
        #expect(Self.lines(changes, by: .server) == [#"1 - retention - {"images":2}"#])
        #expect(
            Self.lines(changes, by: Author(account: "max", address: nil))
                == [#"1 max capture_deleted eva {"file":"uploads/a.png","ts":"\#(SampleChanges.time.iso8601)"}"#])
    }

    @Test func whatHappensByItselfLeavesNoLine() {
        #expect(Self.lines([.intervalAssigned(Self.eva, seconds: 120)], by: nil) == [])
        #expect(Self.lines([.sessionDiscarded(session: "eva-1")], by: .server) == [])
    }
}
