import Files
import OrderedCollections
import Shared

/// What `verify` says of the folders. Pure.
struct Verification: Sendable {
    /// How many there are; nil when the file could not be read.
    struct Counts: Sendable, Hashable {
        var accounts: Int?
        var sessions: Int?
        /// Records of the index.
        var images: Int?
        /// Lines of the audit.
        var audit: Int?
    }

    private(set) var findings: [Finding] = []
    private(set) var counts = Counts()
    let holder: FolderLock.Holder

    /// - Parameters:
    ///   - images: what was found in images.
    ///   - audit: what was found of it; nil where nobody has looked.
    ///   - calendar: of the zone that the server is set to.
    ///   - now: when the evidence was read.
    init(
        _ evidence: borrowing Evidence, images: ImageInspection = ImageInspection(), audit: AuditInspection? = nil,
        calendar: WorkCalendar, now: Timestamp
    ) {
        holder = evidence.holder
        findings +=
            FileCheck.dataFiles(evidence) + FileCheck.quirks(evidence) + FileCheck.secrets(evidence)
            + FileCheck.retention(evidence) + FileCheck.journal(evidence) + FileCheck.strangers(evidence)
        if evidence.isReadable(.users) {
            counts.accounts = evidence.state.users.count
            findings += AccountCheck.accounts(
                evidence.state, hasCredentials: evidence.condition(of: .credentials) == .sound, now: now)
        }
        if evidence.isReadable(.intervals) { findings += AccountCheck.intervals(evidence.state) }
        if evidence.isReadable(.workSessions) {
            counts.sessions = evidence.state.sessions.count
            findings += SessionCheck(evidence.state.sessions.rows, calendar: calendar, now: now).findings
        }
        if evidence.isReadable(.corrections) {
            findings += CorrectionCheck.corrections(evidence.state.corrections, now: now)
        }
        if evidence.isReadable(.uploadsIndex) {
            counts.images = evidence.state.uploads.count
            findings += IndexCheck(evidence.state.uploads, images: evidence.images, now: now).findings
            findings += IndexCheck.orphans(evidence.state.uploads, images: evidence.images, arrivals: evidence.arrivals)
        }
        if let audit {
            counts.audit = audit.lines
            findings += audit.findings
        }
        findings += IndexCheck.encryption(evidence, images)
        let listed = images.faults.filter { evidence.images.kind(of: $0.key) == .image }.sorted { $0.key < $1.key }
        findings += listed.map { name, fault in fault.finding(about: UploadRecord.folder + name) }
    }

    /// What both readings found, in the words of the later one: while a server runs, what was under way at one of them is
    /// not wrong.
    func confirmed(by later: Verification) -> Verification {
        let known = Set(findings.map(Identity.init))
        var confirmed = later
        confirmed.findings.removeAll { !known.contains(Identity($0)) }
        return confirmed
    }

    /// What makes findings of two readings the same; times and numbers in the message may have moved on.
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
