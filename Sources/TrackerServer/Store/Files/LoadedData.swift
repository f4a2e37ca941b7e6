/// What was read at a start, the journal's changes carried out.
struct LoadedData: ~Copyable, Sendable {
    var transaction: Transaction
    /// The files that exist.
    let known: [DataFile: KnownFile]
    /// The files that lack something that the journal holds.
    let outdated: Set<DataFile>
    /// What the files had that the server does not write.
    let quirks: [DataFile: Quirks]
    let journal: Journal.Replay

    init(
        state: consuming TrackerState, known: [DataFile: KnownFile], quirks: [DataFile: Quirks],
        journal: Journal.Replay
    ) {
        var outdated: Set<DataFile> = []
        for (change, files) in journal.changes {
            state.apply(change)
            outdated.formUnion(files)
        }
        transaction = Transaction(state: state)
        self.known = known
        self.outdated = outdated
        self.quirks = quirks
        self.journal = journal
    }
}
