import Files
import Shared

/// What is wrong with the files as such. Pure.
enum FileCheck {
    static func dataFiles(_ look: borrowing FolderLook) -> [Finding] {
        var findings: [Finding] = []
        let missing = DataFile.allCases.filter { look.condition(of: $0) == .missing }
        for file in DataFile.allCases {
            let path = look.folder.path(of: file)
            switch look.condition(of: file) {
            case .sound: break
            case .missing:
                // Before its first start a server has none.
                guard missing.count < DataFile.allCases.count else { continue }
                findings.append(
                    Finding(
                        .fileMissing, path, "is missing, while other data files are there",
                        hint:
                            "Restore it from a backup before the next start, which would make it empty. If there never "
                            + "was one, nothing is lost."))
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
        return findings
    }

    static func secrets(_ look: borrowing FolderLook) -> [Finding] {
        var findings = look.exposed.map { path in
            Finding(
                .secretExposed, path, "may be read by other users of this machine",
                hint: "Run: chmod 600 \(path). If somebody may have read it: delete jwt_secret while the server is "
                    + "stopped, which ends every token, and have passwords changed.")
        }
        if !look.isKeySound {
            findings.append(
                Finding(
                    .keyDamaged, JWTSecret.path(in: look.folder.dataFolder),
                    "does not hold a key: at least \(JWTSecret.byteCount) bytes in base64",
                    hint:
                        "Restore it from a backup, or remove it while the server is stopped: the next start makes a new "
                        + "one, and everybody logs in again."))
        }
        return findings
    }

    static func journal(_ look: borrowing FolderLook) -> [Finding] {
        var findings: [Finding] = []
        if let damage = look.journal.damage {
            findings.append(
                Finding(
                    .journalDamaged, damage.path, "is damaged at byte \(damage.offset): \(damage.reason)",
                    hint:
                        "No server starts with it. Restore the file from a backup; to give up what it holds from there "
                        + "on, cut it there: truncate -s \(damage.offset) \(damage.path). What it held may be missing "
                        + "below."))
        }
        // A running server writes records and carries changes over all the time.
        guard look.holder == .nobody else { return findings }
        if look.journal.tornBytes > 0 {
            findings.append(
                Finding(
                    .journalTorn, look.folder.dataFolder,
                    "holds a journal that ends in a record cut short, \(look.journal.tornBytes) bytes",
                    hint:
                        "It was being written when the server stopped, and nobody was told that it was stored. The next "
                        + "start drops it."))
        }
        if look.journal.pending > 0 {
            let count = look.journal.pending
            findings.append(
                Finding(
                    .journalPending, look.folder.dataFolder,
                    "holds a journal with \(count) change\(count == 1 ? "" : "s") that the data files lack",
                    hint:
                        "The server did not end cleanly. The next start carries \(count == 1 ? "it" : "them") out; here "
                        + "\(count == 1 ? "it is" : "they are") counted already."))
        }
        return findings
    }

    /// Working files that were left, and copies that the server kept.
    static func strangers(_ look: borrowing FolderLook) -> [Finding] {
        let isAtRest = look.holder == .nobody
        var findings: [Finding] = []
        let folders = [(look.folder.dataFolder, look.dataNames), (look.folder.uploadFolder, look.images.listed)]
        for (index, (folder, names)) in folders.enumerated() {
            // Both may be the same folder.
            if index == 1, folder == look.folder.dataFolder { break }
            for name in names {
                let path = folder + "/" + name
                if let file = DataFile.allCases.first(where: { name.hasPrefix($0.rawValue + ".edited-") }) {
                    findings.append(
                        Finding(
                            .editedCopy, path, "is a change by hand that did not count, since a server was running",
                            hint: "Compare it with \(look.folder.path(of: file)). Carry over what you want while the "
                                + "server is stopped, then remove the copy."))
                } else if isAtRest, isCleared(name) {
                    findings.append(
                        Finding(
                            .leftoverFile, path, "was being written when a server was killed",
                            hint: "The next start removes it."))
                } else if isAtRest, name.hasPrefix("."), name.hasSuffix(WholeFile.unfinishedSuffix) {
                    findings.append(
                        Finding(
                            .leftoverFile, path, "was being written when a server was killed", hint: "Remove it."))
                }
            }
        }
        return findings
    }

    /// True of what a start clears away.
    private static func isCleared(_ name: String) -> Bool {
        name.hasPrefix(ImageStore.arrivingPrefix)
            || DataFile.allCases.contains { name == $0.rawValue + FileReplacement.suffix }
    }
}
