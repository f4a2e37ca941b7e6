import JSON
import Logging
import Shared

/// What the log says of the audit: sign-ins, refusals and what happens to accounts, a line each.
struct AuditNotice: Sendable {
    let logger: Logger

    func recorded(_ changes: [Change]) {
        guard logger.logLevel <= .info else { return }
        for case .audited(let record) in changes { say(record.entry) }
    }

    private func say(_ entry: AuditEntry) {
        guard let sentence = Self.sentence(for: entry.what) else { return }
        var metadata: Logger.Metadata = [:]
        metadata["account"] = entry.about.map { "\($0.printable)" }
        let nobody = entry.address == nil ? "the server" : "nobody who is signed in"
        if entry.who != entry.about { metadata["by"] = "\(entry.who?.printable ?? nobody)" }
        metadata["from"] = entry.address.map { "\($0.printable)" }
        for member in entry.detail?.members ?? [] {
            metadata[member.key.text ?? "detail"] = "\((member.value.text ?? member.value.compactText).printable)"
        }
        logger.info("\(sentence)", metadata: metadata)
    }

    /// Nil for what the audit alone tells of.
    private static func sentence(for what: AuditKind) -> String? {
        switch what {
        case .login: "Somebody has signed in"
        case .loginRefused: "A sign-in was refused"
        case .passwordChanged: "A password was changed"
        case .passwordReset: "A password was set by another"
        case .accountAdded: "An account was added"
        case .accountRemoved: "An account was removed"
        case .accountChanged: "An account was changed"
        case .keyMade: "A key was made"
        case .keyRemoved: "A key was removed"
        case .secondFactorSet: "A second factor was set up"
        case .secondFactorRemoved: "A second factor was removed"
        case .tokensEnded: "A sign-in was ended"
        case .organizationSaved, .intervalAssigned, .intervalRemoved, .correctionMade, .correctionRevoked, .imageViewed,
            .captureDeleted, .thumbnailsViewed, .liveBegun, .liveEnded, .exported, .erased, .retention, .serverStarted:
            nil
        }
    }
}

extension JSONValue {
    /// As `JSON.stringify` writes it.
    var compactText: String { String(decoding: JSONWriter.bytes(of: self, .compact), as: UTF8.self) }
}
