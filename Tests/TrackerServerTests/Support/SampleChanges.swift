import Foundation
import JSON
import Shared

@testable import TrackerServer

/// One of each kind of change, with awkward texts and numbers.
enum SampleChanges {
    static let time = Timestamp(milliseconds: 1_772_438_400_123)
    static let awkward = "\u{0}\n\"\\/ é e\u{301} 😀 \u{2028}"

    static let all: [Change] = [
        .organizationSaved(Organization(name: awkward, createdAt: time)),
        .organizationSaved(Organization(name: "", createdAt: nil)),
        .accountAdded(User(email: "Mira@x", name: awkward, role: .superAdmin, createdAt: time)),
        .accountRoleChanged(AccountID(stored: "Mira@x"), .manager),
        .accountRenamed(AccountID(stored: "constructor"), name: awkward),
        .twinRemoved(email: "\u{FEFF}Mira@x "),
        .accountRemoved(AccountID(stored: "__proto__"), version: 7),
        .credentialSet(
            AccountID(stored: "constructor"), Credential(verifier: "$scrypt$x", version: 3, mustChangePassword: true)),
        .credentialSet(AccountID(stored: "a"), Credential(verifier: nil, version: .max, mustChangePassword: false)),
        .signInMade(AccountID(stored: "__proto__"), signIn("s-1")),
        .signInMade(AccountID(stored: "mira"), signIn("s-2", address: awkward)),
        .signInEnded(AccountID(stored: "mira"), id: awkward),
        .signInsEnded(AccountID(stored: "a"), version: 8),
        .keyMade(key("k-1")),
        .keyMade(key("k-2", of: "__proto__", name: awkward, lastUsedAt: .earliest)),
        .keyRemoved(id: awkward),
        .keysEnded(AccountID(stored: "Mira@x")),
        .factorSet(AccountID(stored: "mira"), SecondFactor(secret: "sealed")),
        .factorSet(
            AccountID(stored: "__proto__"),
            SecondFactor(secret: awkward, confirmedAt: time, lastStep: .max, recoveryCodes: ["a", awkward])),
        .factorRemoved(AccountID(stored: "mira")),
        .lastUsesNoted([], at: time),
        .lastUsesNoted([LastUse(account: AccountID(stored: "__proto__"), id: "s-1", time: .earliest)], at: time),
        .tokenRevoked(id: "t-1", expiresAt: .latest, at: .earliest),
        .intervalAssigned(AccountID(stored: "10"), seconds: 1200),
        .intervalAssigned(AccountID(stored: "__proto__"), seconds: 0),
        .intervalRemoved(AccountID(stored: "Mira@x")),
        .sessionStarted(session("mira", at: time)),
        .sessionStarted(session(awkward, at: Timestamp(milliseconds: -5), end: time, idle: 0.1 + 0.2)),
        .heartbeatCounted(session: "mira-1", at: time, idleSeconds: 1e21),
        .sessionEnded(session: awkward, at: time, idleSeconds: 1e-300),
        .sessionDiscarded(session: "mira-1"),
        .sessionRecorded(session(awkward, at: time, end: time.adding(seconds: 60), idle: 0.5)),
        .correctionMade(correction("c-1", minutes: -1440)),
        .correctionMade(
            Correction(
                id: awkward, employeeID: awkward, date: CivilDate(daysSince1970: -719_528), minutes: 1, reason: awkward,
                by: awkward, createdAt: .earliest, revokedAt: .latest, revokedBy: awkward)),
        .correctionRevoked(id: "c-1", at: time, by: awkward),
        .clientTracks(AccountID(stored: "__proto__"), SessionClient(id: UUID(), host: "é 😀")),
        .clientTracks(AccountID(stored: "mira"), SessionClient(id: UUID())),
        .clientTracks(AccountID(stored: "mira"), nil),
        .imageStored(UploadRecord(file: "uploads/a.png", employeeID: "mira", ts: time)),
        .imagesRemoved([]),
        .imagesRemoved(["uploads/a.png", awkward]),
        .audited(
            AuditRecord(
                number: .max,
                entry: AuditEntry(
                    at: .latest, who: awkward, address: awkward, what: .exported, about: awkward,
                    detail: JSONObject([("", .string(awkward)), ("n", .number(-1))])))),
        .audited(
            AuditRecord(
                number: 1, entry: AuditEntry(at: .earliest, who: nil, address: nil, what: .login, about: nil))),
    ]

    static func correction(_ id: String, of employee: String = "mira", minutes: Int) -> Correction {
        Correction(
            id: id, employeeID: employee, date: CivilDate(daysSince1970: 20_514), minutes: minutes, reason: "forgotten",
            by: "max", createdAt: time)
    }

    static func signIn(_ id: String, version: Int = 1, address: String = "::1", expiresAt: Timestamp = .latest)
        -> SignIn
    {
        SignIn(
            id: id, version: version, createdAt: time, expiresAt: expiresAt, lastUsedAt: time,
            origin: SignInOrigin(address: address, client: "curl/8"))
    }

    static func key(
        _ id: String, of account: String = "mira", name: String = "report", expiresAt: Timestamp = .latest,
        lastUsedAt: Timestamp? = nil
    ) -> APIKey {
        APIKey(
            id: id, account: AccountID(stored: account), name: name, scope: .read, createdAt: time,
            expiresAt: expiresAt,
            lastUsedAt: lastUsedAt, digest: "digest of \(id)")
    }

    static func session(_ employee: String, at start: Timestamp, end: Timestamp? = nil, idle: Double = 0) -> WorkSession
    {
        WorkSession(
            id: "\(employee)-\(start.milliseconds)", employeeID: employee, startedAt: start, endedAt: end,
            isActive: end == nil, idleSeconds: idle, lastHeartbeatAt: start, date: "2026-03-02")
    }
}

extension [UInt8] {
    /// A journal's file: records in groups of these sizes, numbered from `first`.
    static func journal(_ contents: [Journal.Content], groups: [Int], first: UInt64 = 1) -> [UInt8] {
        var bytes: [UInt8] = []
        var number = first
        var rest = contents[...]
        for size in groups {
            let group = number
            for content in rest.prefix(size) {
                Journal.append(Journal.Record(number: number, group: group, content: content), to: &bytes)
                number += 1
            }
            rest = rest.dropFirst(size)
        }
        return bytes
    }

    /// Where each line starts, and where the last one ends.
    var lineStarts: [Int] { [0] + indices.filter { self[$0] == UInt8(ascii: "\n") }.map { $0 + 1 } }
}
