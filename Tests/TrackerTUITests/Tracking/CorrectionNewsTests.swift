import Shared
import Testing

@testable import TrackerTUI

struct CorrectionNewsTests {
    private static func corrections(_ notes: [Note]) -> [Note] {
        notes.filter { if case .corrected = $0 { true } else { false } }
    }

    @Test func whatWasMadeWhileNobodyListenedIsSaidOnce() {
        let correction = Times.correction(30)
        var rig = Rig()
        rig.signIn()
        let first = rig.answer(.day(Times.day(corrections: [correction]), intervalSeconds: nil), at: 0)
        #expect(Self.corrections(first.notes) == [.corrected(correction)])
        rig.on(.askNow, at: 5)
        let again = rig.answer(.day(Times.day(corrections: [correction]), intervalSeconds: nil), at: 5)
        #expect(Self.corrections(again.notes) == [])
    }

    @Test func whatWasPushedIsNotSaidAgainByTheNextAnswer() {
        let (correction, revoked) = (Times.correction(30), Times.correction(30, revokedBy: "chief"))
        var rig = Rig.tracking()
        let pushed = rig.on(.corrected(correction), at: 5)
        #expect(pushed.notes == [.corrected(correction)])
        #expect(pushed.requests == [.day], "today's sum may have changed")
        let answer = rig.answer(
            .day(Times.day(session: Times.session(), corrections: [correction]), intervalSeconds: 120), at: 5)
        #expect(Self.corrections(answer.notes) == [])
        #expect(rig.on(.corrected(revoked), at: 6).notes == [.corrected(revoked)])
    }
}
