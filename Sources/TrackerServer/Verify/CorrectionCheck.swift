import Shared

/// What is wrong with corrections of hours. Pure.
enum CorrectionCheck {
    /// - Parameter now: when the file was read.
    static func corrections(_ corrections: CorrectionTable, now: Timestamp) -> [Finding] {
        let latest = now.adding(milliseconds: SessionCheck.clockTolerance)
        var findings: [Finding] = []
        for correction in corrections.all.lazy.map(\.value) {
            if correction.minutes == 0 || abs(correction.minutes) > Correction.largest {
                findings.append(
                    Finding(
                        .correctionOutOfRange, correction.id,
                        "is of \(correction.minutes) minutes; managers may add or take off 1 to \(Correction.largest)",
                        hint: "It counts. A manager can revoke it: DELETE \(APIPath.workCorrections)/\(correction.id)"))
            }
            if correction.createdAt > latest {
                findings.append(
                    Finding(
                        .correctionFromFuture, correction.id,
                        "was made at \(correction.createdAt.iso8601), which is in the future",
                        hint: "See whether this machine's clock is right. Stop the server and correct the record in "
                            + "corrections.json."))
            }
        }
        return findings
    }
}
