import JSON
import OrderedCollections
import Shared

/// What is wrong with accounts and intervals. Pure.
enum AccountCheck {
    /// - Parameters:
    ///   - hasCredentials: false when there is no credentials.json that can be read, which is a finding of its own.
    ///   - now: when the files were read.
    static func accounts(_ state: borrowing TrackerState, hasCredentials: Bool, now: Timestamp) -> [Finding] {
        var findings: [Finding] = []
        for (id, user) in zip(state.users.keys, state.accounts) {
            if !user.hasProperID {
                findings.append(
                    Finding(
                        .accountIDInvalid, user.email, "is no id of an account: \(AccountID.rule)",
                        hint: "Make an account with the right email, and remove this one: \(removal(of: user))"))
            }
            if user.start(at: now) != user.createdAt {
                findings.append(
                    Finding(
                        .accountCreatedAtInvalid, user.email,
                        user.createdAt.map { "was made at \($0.iso8601), which is in the future" }
                            ?? "has no createdAt that is a time",
                        hint: "The person sees whatever bears this id, also an earlier person's. Stop the server and "
                            + "set createdAt in users.json to the time since when the id is this person's."))
            }
            guard id == user.id else {
                findings.append(twin(user, of: state.user(user.id)))
                continue
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

    private static func twin(_ user: User, of other: User?) -> Finding {
        Finding(
            .accountListedTwice, user.email,
            "is the same account as \(other?.email ?? user.email), since ids are compared without case and white space",
            hint: "Nobody can log in with it, and what bears either id counts as the other's. If one person had both, "
                + "remove this one: \(removal(of: user))")
    }

    /// Percent-encoded, since what is wrong with an email can often not be seen.
    private static func removal(of user: User) -> String {
        "DELETE \(user.role.isManager ? APIPath.managers : APIPath.employees)/\(user.email.queryEncoded)"
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
        let isUsual = { seconds in seconds == CaptureInterval.hoursOnly || (shortest...longest).contains(seconds) }
        return state.intervals.filter { !isUsual($0.value) }.map { id, seconds in
            Finding(
                .intervalOutOfRange, id.spelling,
                "has a capture interval of \(seconds) seconds; managers may assign \(shortest) to \(longest), or "
                    + "\(CaptureInterval.hoursOnly)",
                hint: "It stays in force until a manager assigns another one.")
        }
    }
}
