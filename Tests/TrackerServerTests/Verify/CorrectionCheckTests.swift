import Shared
import Testing

@testable import TrackerServer

@Suite struct CorrectionCheckTests {
    private let now = SampleChanges.time

    private func findings(_ corrections: Correction...) -> [Finding] {
        var table = CorrectionTable()
        for correction in corrections { table.add(correction) }
        return CorrectionCheck.corrections(table, now: now)
    }

    /// - Parameter ahead: when it was made, in milliseconds from now on.
    private func correction(_ id: String = "c-1", minutes: Int = 30, ahead: Int64 = 0) -> Correction {
        var correction = SampleChanges.correction(id, minutes: minutes)
        correction.createdAt = now.adding(milliseconds: ahead)
        return correction
    }

    @Test func soundCorrectionsAreNoFindings() {
        var revoked = correction("c-1")
        (revoked.revokedAt, revoked.revokedBy) = (now, "ada")
        #expect(findings().isEmpty)
        #expect(
            findings(
                revoked, correction("c-2", minutes: 1440), correction("c-3", minutes: -1440),
                correction("c-4", minutes: 1), correction("c-5", minutes: -1), correction("c-6", ahead: 300_000)
            ).isEmpty)
    }

    @Test(arguments: [0, 1441, -1441, 527_040]) func minutesThatNobodyMayGiveAreANote(minutes: Int) throws {
        let found = findings(correction("c-1"), correction("c-2", minutes: minutes), correction("c-3"))
        #expect(found.map(\.kind) == [.correctionOutOfRange])
        let finding = try #require(found.first)
        #expect(finding.severity == .note)
        #expect(finding.subject == "c-2")
        #expect(finding.message.hasPrefix("is of \(minutes) minutes;"))
        #expect(finding.hint.hasSuffix("DELETE /api/work/corrections/c-2"))
    }

    @Test func theFutureBeginsAfterSomeMinutes() throws {
        let found = findings(correction("c-1", ahead: 300_000), correction("c-2", ahead: 300_001))
        #expect(found.map(\.kind) == [.correctionFromFuture])
        let finding = try #require(found.first)
        #expect(finding.severity == .error)
        #expect(finding.subject == "c-2")
        #expect(finding.message.contains("2026-03-02T08:05:00.124Z"))
    }

    @Test func oneMayBeWrongInBothWays() {
        #expect(
            findings(correction(minutes: 0, ahead: 300_001)).map(\.kind) == [
                .correctionOutOfRange, .correctionFromFuture,
            ])
    }
}
