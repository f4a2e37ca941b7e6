import JSON
import OrderedCollections
import Shared

/// What is wrong with accounts and intervals. Pure.
enum AccountCheck {
    /// - Parameter hasCredentials: false when there is no credentials.json that can be read, which is a finding of its own.
    static func accounts(_ state: borrowing TrackerState, hasCredentials: Bool) -> [Finding] {
        var findings: [Finding] = []
        for user in state.accounts {
            if AccountID(user.email)?.spelling != user.email {
                findings.append(
                    Finding(
                        .accountIDInvalid, user.email, "is no id of an account: \(AccountID.rule)",
                        hint: "Nobody can log in with it. Stop the server and correct the email in users.json, and "
                            + "wherever else it stands."))
            }
            if hasCredentials, state.credential(of: user.id)?.verifier == nil {
                findings.append(
                    Finding(
                        .accountWithoutPassword, user.email, "has no password and can't log in",
                        hint: passwordHint(for: user)))
            }
        }
        return findings
    }

    private static func passwordHint(for user: User) -> String {
        switch user.role {
        case .employee: "A manager can give it one: POST \(APIPath.employees)/\(user.email)/password."
        case .manager: "An administrator can give it one: POST \(APIPath.managers)/\(user.email)/password."
        case .superAdmin: "Stop the server and run: TrackerServer add-admin \(user.email)"
        }
    }

    static func intervals(_ state: borrowing TrackerState) -> [Finding] {
        let (shortest, longest) = (CaptureInterval.minutes.lowerBound * 60, CaptureInterval.minutes.upperBound * 60)
        return state.intervals.filter { !(shortest...longest).contains($0.value) }.map { id, seconds in
            Finding(
                .intervalOutOfRange, id.spelling,
                "has a capture interval of \(seconds) seconds; managers may assign \(shortest) to \(longest)",
                hint: "It stays in force until a manager assigns another one.")
        }
    }
}
