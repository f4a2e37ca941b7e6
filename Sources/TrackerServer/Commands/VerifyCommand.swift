import ArgumentParser
import Files
import Settings
import Shared

/// `TrackerServer verify`.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks data and uploads and changes nothing; exit code 1 if something is wrong.")

    @OptionGroup var folders: FolderOptions

    func run() async throws {
        let configuration = try folders.configuration()
        let files = DataFolder(dataFolder: configuration.dataFolder, uploadFolder: configuration.uploadFolder)
        for folder in [configuration.dataFolder, configuration.uploadFolder] where try !Folder.exists(folder) {
            throw ProgramExit(1, "There is no folder \(folder).")
        }
        let loaded = try await files.load()
        let names = Set(try Folder.files(in: configuration.uploadFolder).map(\.name))
        let findings = Verification(state: loaded.transaction.state, uploadNames: names).findings
        findings.forEach { print($0) }
        print(
            "\(loaded.transaction.state.accounts.count) accounts, \(loaded.transaction.state.sessions.count) sessions, \(loaded.transaction.state.uploads.count) images: "
                + (findings.isEmpty ? "nothing is wrong." : "\(findings.count) findings."))
        if !findings.isEmpty { throw ExitCode(1) }
    }
}

/// What is wrong with data that can be read. Pure.
struct Verification {
    let uploads: [UploadRecord]
    let sessions: [WorkSession]
    /// The names of all files in the upload folder.
    let uploadNames: Set<String>

    init(state: borrowing TrackerState, uploadNames: Set<String>) {
        uploads = state.uploads.all.map(\.value)
        sessions = state.sessions.all.map(\.value)
        self.uploadNames = uploadNames
    }

    var findings: [String] { imageFindings + sessionFindings }

    private var imageFindings: [String] {
        let indexed = uploads.map(\.name)
        let missing = indexed.filter { !uploadNames.contains($0) }
        let orphans = uploadNames.subtracting(indexed).filter { ImageName.looksLikeImage($0) }
        return missing.map { "uploads/\($0): in index.json, but the image is missing" }
            + orphans.sorted().map { "uploads/\($0): an image that is not in index.json" }
    }

    private var sessionFindings: [String] {
        var findings: [String] = []
        var lastEnd: [AccountID: (end: Timestamp, id: String)] = [:]
        var ids: Set<String> = []
        for session in sessions.sorted(by: { $0.startedAt < $1.startedAt }) {
            if !ids.insert(session.id).inserted { findings.append("session \(session.id): stands twice") }
            if session.isActive == (session.endedAt != nil) {
                findings.append("session \(session.id): isActive and endedAt contradict each other")
            }
            let end = session.endedAt ?? session.lastHeartbeatAt
            if end < session.startedAt { findings.append("session \(session.id): ends before it starts") }
            if session.idleSeconds * 1000 > Double(max(0, end - session.startedAt)) {
                findings.append("session \(session.id): more idle than elapsed time")
            }
            let employee = AccountID(stored: session.employeeID)
            if let last = lastEnd[employee], session.startedAt < last.end {
                findings.append("session \(session.id): overlaps \(last.id)")
            }
            if end > lastEnd[employee]?.end ?? .earliest { lastEnd[employee] = (end, session.id) }
        }
        return findings
    }
}

private enum ImageName {
    static func looksLikeImage(_ name: String) -> Bool {
        !name.hasPrefix(".") && (name.hasSuffix(".png") || name.hasSuffix(".jpg"))
    }
}
