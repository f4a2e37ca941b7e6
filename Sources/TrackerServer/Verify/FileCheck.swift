import Files
import OrderedCollections
import Shared

/// What is wrong with the files as such. Pure.
enum FileCheck {
    static func dataFiles(_ evidence: borrowing Evidence) -> [Finding] {
        var findings: [Finding] = []
        let missing = DataFile.allCases.filter { evidence.condition(of: $0) == .missing }
        let lost = LostFilesError.files(
            of: missing, noted: evidence.noted, images: evidence.images.listed.count { UploadName.isImage($0) })
        for file in DataFile.allCases {
            let path = evidence.layout.path(of: file)
            switch evidence.condition(of: file) {
            case .sound: break
            case .missing:
                // Before its first start a server has none, and an earlier version never had all.
                guard missing.count < DataFile.allCases.count && file.isOfEveryVersion || lost.contains(file) else {
                    continue
                }
                findings.append(
                    lost.contains(file)
                        ? Finding(
                            .fileMissing, path, "is gone",
                            hint:
                                "No server starts without it. Restore it from a backup, or mount the disk that is missing. "
                                + "If nothing is to be restored: echo '\(file.initialText)' > \(path)")
                        : Finding(
                            .fileMissing, path, "is missing, while other data files are there",
                            hint:
                                "Restore it from a backup before the next start, which would make it empty. If there "
                                + "never was one, nothing is lost."))
            case .unreadable(let error):
                findings.append(
                    Finding(
                        .fileUnreadable, path, "can't be read: \(error.reason)",
                        hint: "Run verify as the user that the server runs as, and see whether the disk is sound."))
            case .damaged(let error):
                findings.append(
                    Finding(
                        .fileDamaged, path, "is damaged at \(error)",
                        hint:
                            "No server starts with it, and none overwrites it. Correct that place while the server is "
                            + "stopped, or restore the file from a backup."))
            }
        }
        if let note = evidence.damagedNote {
            findings.append(
                Finding(
                    .fileDamaged, note.path, "is damaged at \(note.error)",
                    hint:
                        "No server starts with it. It names the data files that were there: see that none is missing, then "
                        + "remove it. The next start makes it anew."))
        }
        return findings
    }

    /// What the server takes otherwise than it stands in the files; it says the same at its start. Accounts without a time
    /// are findings of their own.
    static func quirks(_ evidence: borrowing Evidence) -> [Finding] {
        var findings: [Finding] = []
        for file in DataFile.allCases {
            for (quirk, noted) in evidence.quirks[file]?.noted ?? [:] where quirk != .createdAtUnknown {
                findings.append(
                    Finding(
                        .fileQuirk, evidence.layout.path(of: file), "\(quirk.sentence): \(Quirks.amount(noted))",
                        hint: "The server writes what it has taken when records change. If that is not what is meant, "
                            + "stop it and correct the file."))
            }
        }
        return findings
    }

    static func secrets(_ evidence: borrowing Evidence) -> [Finding] {
        var findings = evidence.exposed.map { path, kind in exposed(path, kind) }
        if !evidence.isKeySound {
            findings.append(
                Finding(
                    .keyDamaged, JWTSecret.path(in: evidence.layout.dataFolder),
                    "does not hold a key: at least \(JWTSecret.byteCount) bytes in base64",
                    hint:
                        "Restore it from a backup, or remove it while the server is stopped: the next start makes a new "
                        + "one, and everybody logs in again."))
        }
        if let fault = evidence.imageKeysFault {
            findings.append(
                Finding(
                    .imageKeysUnusable, ImageKeyFile.path(in: evidence.layout.dataFolder), fault,
                    hint:
                        "Restore it from a backup, or set \(MasterKey.setting) to the key that it was made with: without them "
                        + "nobody can read the images."))
        }
        return findings
    }

    static func retention(_ evidence: borrowing Evidence) -> [Finding] {
        guard evidence.retention == .damaged else { return [] }
        return [
            Finding(
                .retentionNoteDamaged, evidence.layout.dataFolder + "/" + RetentionNote.fileName,
                "does not say when old images were removed last",
                hint: "The server removes none until its clock was not set for 24 hours while it ran, or it is started "
                    + "once with --confirm-retention; then it writes the file anew.")
        ]
    }

    private static func exposed(_ path: String, _ kind: Evidence.ExposedKind) -> Finding {
        switch kind {
        case .folder:
            Finding(
                .folderExposed, path, "is open to every user of this machine", hint: "Run: chmod o= \(path)")
        case .secret(.group):
            Finding(
                .secretShared, path, "may be read by its group", hint: "If that is not meant, run: chmod 600 \(path)")
        case .secret:
            Finding(
                .secretExposed, path, "may be read by every user of this machine",
                hint:
                    "No server starts with it. Run: chmod o= \(path). If somebody may have read it: delete jwt_secret "
                    + "while the server is stopped, which ends every token, and have passwords changed; of a TLS key, get "
                    + "another one; of a key of images, see TrackerServer rekey.")
        }
    }

    static func journal(_ evidence: borrowing Evidence) -> [Finding] {
        var findings: [Finding] = []
        if let damage = evidence.journal.damage {
            findings.append(
                Finding(
                    .journalDamaged, damage.path, damage.damage,
                    hint: "No server starts with it. \(damage.remedy) What is given up may be missing below."))
        }
        // A running server writes records and carries changes over all the time.
        guard evidence.holder == .nobody else { return findings }
        if evidence.journal.tornBytes > 0 {
            findings.append(
                Finding(
                    .journalTorn, evidence.layout.dataFolder,
                    "holds a journal that ends in a record cut short, \(evidence.journal.tornBytes) bytes",
                    hint:
                        "It was being written when the server stopped, and nobody was told that it was stored. The next "
                        + "start drops it."))
        }
        if evidence.journal.pending > 0 {
            let count = evidence.journal.pending
            findings.append(
                Finding(
                    .journalPending, evidence.layout.dataFolder,
                    "holds a journal with \(count) change\(count == 1 ? "" : "s") that the data files lack",
                    hint:
                        "The server did not end cleanly. The next start carries \(count == 1 ? "it" : "them") out; here "
                        + "\(count == 1 ? "it is" : "they are") counted already."))
        }
        return findings
    }

    /// Working files that were left, and copies that the server kept.
    static func strangers(_ evidence: borrowing Evidence) -> [Finding] {
        var folders = [(evidence.layout.dataFolder, evidence.dataNames)]
        // Both may be the same folder.
        if evidence.layout.uploadFolder != evidence.layout.dataFolder {
            folders.append((evidence.layout.uploadFolder, evidence.images.listed))
        }
        var findings: [Finding] = []
        for (folder, names) in folders {
            for name in names {
                guard let stranger = Stranger(name) else { continue }
                let path = folder + "/" + name
                switch stranger {
                case .edited(let file):
                    findings.append(
                        Finding(
                            .editedCopy, path, "is a change by hand that did not count, since a server was running",
                            hint:
                                "Compare it with \(evidence.layout.path(of: file)). Carry over what you want while the "
                                + "server is stopped, then remove the copy."))
                // A running server is writing it.
                case .working where evidence.holder != .nobody: break
                case .working:
                    findings.append(
                        Finding(
                            .leftoverFile, path, "was being written when a server was killed",
                            hint: "The next start removes it."))
                }
            }
        }
        return findings
    }

    /// A file that is neither data nor an image, by its name.
    private enum Stranger {
        case edited(DataFile)
        case working

        init?(_ name: String) {
            if name.hasPrefix(".") {
                guard
                    name.hasPrefix(FolderImageStore.arrivingPrefix) || WholeFile.isUnfinished(name)
                        || name.hasPrefix(FolderAbilities.probePrefix)
                else { return nil }
                self = .working
            } else {
                guard let file = DataFile.allCases.first(where: { name.hasPrefix($0.rawValue) }) else { return nil }
                let rest = name.dropFirst(file.rawValue.count)
                if rest == FileReplacement.suffix {
                    self = .working
                } else if rest.hasPrefix(".edited-") {
                    self = .edited(file)
                } else {
                    return nil
                }
            }
        }
    }
}
