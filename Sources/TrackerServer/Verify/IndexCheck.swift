import JSON
import Shared

/// What is wrong with the index and the images. Pure.
struct IndexCheck {
    private(set) var findings: [Finding] = []

    /// - Parameters:
    ///   - uploads: the index, the journal's changes carried out.
    ///   - images: what lies in the upload folder.
    ///   - now: when the index was read.
    init(_ uploads: UploadTable, images: ImageFiles, now: Timestamp) {
        let latest = now.adding(milliseconds: SessionCheck.clockTolerance)
        for stored in uploads.all {
            let record = stored.value
            if record.ts > latest {
                add(
                    .imageFromFuture, record.file, "was captured at \(record.ts.iso8601), which is in the future",
                    hint: "See whether this machine's clock is right. " + Hint.correctIndex)
            }
            guard Self.isPath(record.file) else {
                add(
                    .imagePathInvalid, record.file, "is not uploads/ and the name of a file",
                    hint: "Stop the server and correct \"file\" in index.json.")
                continue
            }
            switch images.kind(of: record.name) {
            case .image: break
            case .other:
                add(.imageNotAFile, record.file, "is a link or a folder, not an image", hint: Hint.restoreImage)
            case nil:
                add(.imageMissing, record.file, "is in the index, but the image is missing", hint: Hint.restoreImage)
            }
        }
        for file in Repetition.repeated({ uploads.rows.lazy.map(\.stored.value.file) }) {
            add(
                .imageListedTwice, file, "stands more than once in the index",
                hint: "Stop the server and leave one of the records in index.json.")
        }
    }

    /// Images that the index does not know.
    /// - Parameter arrivals: those that the next start removes.
    static func orphans(_ uploads: UploadTable, images: ImageFiles, arrivals: Set<String> = []) -> [Finding] {
        images.listed.filter { ImageFiles.looksLikeImage($0) && uploads.record(named: $0) == nil }.map { name in
            if arrivals.contains(name) {
                return Finding(
                    .imageUnrecorded, UploadRecord.folder + name,
                    "was being stored when the server was killed, and nobody was told of it",
                    hint: "The next start removes it; the client sends it again.")
            }
            return Finding(
                .imageOrphaned, UploadRecord.folder + name, "is an image that is not in the index",
                hint:
                    "What an upload leaves that ended with the machine before anybody was told that it was stored: the "
                    + "client sends it again and takes this one up. Or what the removal of old images has left: it goes "
                    + "after the next start. If it stays, move it away or remove it.")
        }
    }

    /// Whether images are encrypted for those whose they are, and how many could not be looked into.
    static func encryption(_ evidence: borrowing Evidence, _ images: ImageInspection) -> [Finding] {
        var findings: [Finding] = []
        if images.closed > 0 {
            let plural = images.closed == 1 ? "" : "s"
            findings.append(
                Finding(
                    .imagesNotChecked, evidence.layout.uploadFolder,
                    "holds \(images.closed) encrypted image\(plural), into which nobody looked",
                    hint: "Set \(MasterKey.setting) as the server has it."))
        }
        guard !images.owners.isEmpty else { return findings }
        for stored in evidence.state.uploads.all {
            let record = stored.value
            guard let person = images.owners[record.name], person != AccountID(stored: record.employeeID).folded else {
                continue
            }
            findings.append(
                Finding(
                    .imageUndecryptable, record.file,
                    "is \(record.employeeID)'s by the index, but encrypted for \(person)", hint: Hint.correctIndex))
        }
        return findings
    }

    private static func isPath(_ file: String) -> Bool {
        guard file.hasPrefix(UploadRecord.folder) else { return false }
        let name = file.dropFirst(UploadRecord.folder.count)
        return !name.isEmpty && !name.utf8.contains(UInt8(ascii: "/")) && name != "." && name != ".."
    }

    private mutating func add(_ kind: Finding.Kind, _ subject: String, _ message: String, hint: String) {
        findings.append(Finding(kind, subject, message, hint: hint))
    }
}

/// What lies in the upload folder.
struct ImageFiles: Sendable {
    enum Kind: Sendable {
        case image
        /// A link, a folder or a device.
        case other
    }

    /// Names of the plain files that were there before the index was read, sorted.
    let listed: [String]
    /// What else was there, or has arrived since.
    private(set) var others: [String: Kind] = [:]

    /// - Parameter listed: sorted.
    init(listed: [String] = []) {
        self.listed = listed
    }

    mutating func add(_ name: String, _ kind: Kind) { others[name] = kind }

    /// Nil when there is nothing of that name.
    func kind(of name: String) -> Kind? {
        if let kind = others[name] { return kind }
        var (low, high) = (0, listed.count)
        while low < high {
            let middle = (low + high) / 2
            if listed[middle] < name { low = middle + 1 } else { high = middle }
        }
        return low < listed.count && listed[low] == name ? .image : nil
    }

    static func looksLikeImage(_ name: String) -> Bool {
        !name.hasPrefix(".") && [".png", ".jpg", ".jpeg"].contains { name.lowercased().hasSuffix($0) }
    }
}
