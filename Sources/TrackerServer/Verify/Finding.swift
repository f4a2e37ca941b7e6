import JSON

/// Something that `verify` has to say about the data, and what to do about it.
///
/// There may be as many as there are records: constant texts take no memory of their own.
struct Finding: Sendable, Hashable {
    enum Severity: String, Sendable, Hashable {
        /// Something is wrong, and somebody has to decide what to do.
        case error
        /// Worth knowing; nothing is lost by leaving it.
        case note
    }

    /// What scripts go by; the raw values stay as they are.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        case fileMissing = "file_missing"
        case fileDamaged = "file_damaged"
        case fileUnreadable = "file_unreadable"
        case fileQuirk = "file_quirk"
        case secretExposed = "secret_exposed"
        case secretShared = "secret_shared"
        case folderExposed = "folder_exposed"
        case keyDamaged = "key_damaged"
        case imageKeysUnusable = "image_keys_unusable"
        case retentionNoteDamaged = "retention_note_damaged"
        case leftoverFile = "leftover_file"
        case editedCopy = "edited_copy"

        case journalDamaged = "journal_damaged"
        case journalTorn = "journal_torn"
        case journalPending = "journal_pending"

        case accountIDInvalid = "account_id_invalid"
        case accountListedTwice = "account_listed_twice"
        case accountCreatedAtInvalid = "account_created_at_invalid"
        case accountWithoutPassword = "account_without_password"
        case intervalOutOfRange = "interval_out_of_range"

        case imageMissing = "image_missing"
        case imageNotAFile = "image_not_a_file"
        case imageOrphaned = "image_orphaned"
        case imageUnrecorded = "image_unrecorded"
        case imageListedTwice = "image_listed_twice"
        case imagePathInvalid = "image_path_invalid"
        case imageFromFuture = "image_from_future"
        case imageEmpty = "image_empty"
        case imageUnreadable = "image_unreadable"
        case imageUndecodable = "image_undecodable"
        case imageUndecryptable = "image_undecryptable"
        case imagesNotChecked = "images_not_checked"

        case sessionListedTwice = "session_listed_twice"
        case sessionContradictory = "session_contradictory"
        case sessionReversed = "session_reversed"
        case sessionTooIdle = "session_too_idle"
        case sessionOverlap = "session_overlap"
        case sessionsOpen = "sessions_open"
        case sessionHeartbeatOutside = "session_heartbeat_outside"
        case sessionFromFuture = "session_from_future"
        case sessionDateInvalid = "session_date_invalid"
        case sessionDateOfOtherZone = "session_date_of_other_zone"
        case sessionWithoutLength = "session_without_length"

        case correctionOutOfRange = "correction_out_of_range"
        case correctionFromFuture = "correction_from_future"

        case auditBroken = "audit_broken"
        case auditShort = "audit_short"
        case auditTorn = "audit_torn"
        case auditUnreadable = "audit_unreadable"
        case auditExposed = "audit_exposed"

        var severity: Severity {
            switch self {
            case .fileQuirk, .retentionNoteDamaged, .secretShared, .folderExposed, .leftoverFile, .editedCopy,
                .journalTorn, .journalPending, .accountWithoutPassword, .intervalOutOfRange, .imageUnrecorded,
                .imagesNotChecked, .sessionDateOfOtherZone, .sessionWithoutLength, .correctionOutOfRange, .auditTorn:
                .note
            default: .error
            }
        }

        /// What stands before the subject in a sentence; nothing before a path.
        var noun: String {
            switch self {
            case .accountIDInvalid, .accountListedTwice, .accountCreatedAtInvalid, .accountWithoutPassword,
                .intervalOutOfRange, .sessionsOpen:
                "account "
            case .sessionListedTwice, .sessionContradictory, .sessionReversed, .sessionTooIdle, .sessionOverlap,
                .sessionHeartbeatOutside, .sessionFromFuture, .sessionDateInvalid, .sessionDateOfOtherZone,
                .sessionWithoutLength:
                "session "
            case .correctionOutOfRange, .correctionFromFuture: "correction "
            default: ""
            }
        }
    }

    let kind: Kind
    /// What it is about: a path, `uploads/<name>`, or the id of a session or an account.
    let subject: String
    /// What was found, for a person.
    let message: String
    /// What to do about it.
    let hint: String

    init(_ kind: Kind, _ subject: String, _ message: String, hint: String) {
        self.kind = kind
        self.subject = subject
        self.message = message
        self.hint = hint
    }

    var severity: Severity { kind.severity }
}

/// The advice that many findings share.
enum Hint {
    static let correctSession =
        "Stop the server and correct the record in work_sessions.json, or remove it if it says nothing true."
    static let correctIndex = "Stop the server and correct the record in index.json, or remove it."
    static let restoreImage =
        "Restore the image from a backup; if there is none, stop the server and remove its record from index.json."
}
