import Files
import Settings

/// Reads what reports are made of from a data folder that a server may be writing to: accounts, sessions, corrections and
/// the journal. What else the server keeps, it does not look at. Nothing is made or changed.
struct ReportReader: Sendable {
    let layout: StoreLayout

    private static let files: [DataFile] = [.users, .workSessions, .corrections]

    /// What a report is made of, as it is on disk at one moment, and who holds the folder.
    /// - Throws: when any of it can't be read or is gone: the rest would look like everything.
    func source(of request: ReportRequest) async throws -> (source: ReportSource, holder: FolderLock.Holder) {
        try await BlockingExecutor(label: "files").run {
            let before = try holder()
            // Before the files: a first start makes them, and then notes them.
            let noted = try FileNote.read(in: layout.dataFolder) ?? []
            let opened = try OpenedStore(layout, Self.files)
            let evidence = try opened.evidence(
                sessions: opened.table(.workSessions, empty: SessionTable()) {
                    try SessionTable.load($0, in: layout.surroundings)
                }, uploads: nil)
            try check(evidence, noted)
            let after = try holder()
            return (evidence.state.reportSource(of: request, layout.calendar), after == .nobody ? before : after)
        }
    }

    private func holder() throws(FileError) -> FolderLock.Holder {
        try FolderLock.holder(layout.dataFolder + "/.lock")
    }

    private func check(_ evidence: borrowing Evidence, _ noted: [String]) throws {
        if let damage = evidence.journal.damage { throw damage }
        var missing: [DataFile] = []
        for file in Self.files {
            switch evidence.condition(of: file) {
            case .sound: break
            case .missing: missing.append(file)
            case .unreadable(let error): throw error
            case .damaged(let error): throw DamagedFileError(path: layout.path(of: file), error: error)
            }
        }
        let lost = missing.filter { noted.contains($0.rawValue) }
        guard lost.isEmpty else { throw LostFilesError(lost.map { ($0, layout.path(of: $0)) }) }
        // Without a note, too, a folder that a server has had holds these.
        let needed = missing.filter(\.isOfEveryVersion)
        guard needed.isEmpty else {
            let names = needed.map(\.rawValue).joined(separator: " and no ")
            throw ProgramExit(
                1, "There is no \(names) in \(layout.dataFolder); --data-dir says where the server's data lies.")
        }
    }
}
