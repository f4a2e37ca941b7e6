import Files
import OrderedCollections
import Shared

/// What `verify` says of a look at the folders. Pure.
struct Verification: Sendable {
    /// How many there are; nil when the file could not be read.
    struct Counts: Sendable, Hashable {
        var accounts: Int?
        var sessions: Int?
        /// Records of the index.
        var images: Int?
    }

    private(set) var findings: [Finding] = []
    private(set) var counts = Counts()
    let holder: FolderLock.Holder

    /// - Parameters:
    ///   - images: what is wrong with images, by name.
    ///   - calendar: of the zone that the server is set to.
    ///   - now: when the look was taken.
    init(_ look: borrowing FolderLook, images: [String: ImageFault] = [:], calendar: WorkCalendar, now: Timestamp) {
        holder = look.holder
        findings +=
            FileCheck.dataFiles(look) + FileCheck.quirks(look) + FileCheck.secrets(look)
            + FileCheck.retention(look) + FileCheck.journal(look) + FileCheck.strangers(look)
        if look.isReadable(.users) {
            counts.accounts = look.state.users.count
            findings += AccountCheck.accounts(
                look.state, hasCredentials: look.condition(of: .credentials) == .sound, now: now)
        }
        if look.isReadable(.intervals) { findings += AccountCheck.intervals(look.state) }
        if look.isReadable(.workSessions) {
            counts.sessions = look.state.sessions.count
            findings += SessionCheck(look.state.sessions.rows, calendar: calendar, now: now).findings
        }
        if look.isReadable(.uploadsIndex) {
            counts.images = look.state.uploads.count
            findings += IndexCheck(look.state.uploads, images: look.images, now: now).findings
            findings += IndexCheck.orphans(look.state.uploads, images: look.images, arrivals: look.arrivals)
        }
        let listed = images.filter { look.images.kind(of: $0.key) == .image }.sorted { $0.key < $1.key }
        findings += listed.map { name, fault in fault.finding(about: UploadRecord.folder + name) }
    }

    /// What both looks found, in the words of the later one: while a server runs, what was under way at one of them is
    /// not wrong.
    func confirmed(by later: Verification) -> Verification {
        let known = Set(findings.map(Identity.init))
        var confirmed = later
        confirmed.findings.removeAll { !known.contains(Identity($0)) }
        return confirmed
    }

    /// What makes findings of two looks the same; times and numbers in the message may have moved on.
    private struct Identity: Hashable {
        let kind: Finding.Kind
        let subject: String

        init(_ finding: Finding) {
            kind = finding.kind
            subject = finding.subject
        }
    }

    func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }

    /// True when there are no findings but notes.
    var isSound: Bool { !findings.contains { $0.severity == .error } }
}
