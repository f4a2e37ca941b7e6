import Files
import Foundation
import Logging
import Synchronization

// The JSON files, and whether the disk can be used.
extension JSONFileStore {
    /// On whose behalf files are rewritten.
    enum Occasion: Sendable {
        /// They have been behind for long enough.
        case pace
        /// It asks whether the disk is back.
        case newTransaction
    }

    /// Rewrites files. When the disk fails, transactions are refused until it succeeds: what they have recorded is safe in
    /// the journal, but the files must not fall behind for long.
    func rewrite(_ snapshot: FileKeeper.Snapshot, for occasion: Occasion) async {
        let start = clock.now()
        do throws(StoreError) {
            let sizes = try await keepers.write(snapshot)
            try await audit.flush()
            let (wasLagging, needsCommit, retired, delay) = memory.withLock { memory in
                let wasLagging = memory.condition != .sound
                memory.end(occasion, at: clock.now(), since: start)
                let needsCommit = memory.noteRewritten(snapshot, sizes: sizes)
                let delay = memory.lag.isBehind ? memory.lag.pace.schedule(at: clock.now()) : nil
                let retired = snapshot.isComplete ? memory.lag.takeRetired(snapshot.number) : []
                return (wasLagging, needsCommit, retired, delay)
            }
            if !retired.isEmpty { await remove(retired) }
            if wasLagging { logger.notice("The data files are written again") }
            if needsCommit { commit() }
            if let delay { rewriteLater(after: delay) }
        } catch {
            memory.withLock { $0.end(occasion, at: clock.now(), since: start) }
            lag(error)
        }
    }

    /// Rewrites the files of a lone write while the journal takes it to the disk: their contents reach the disk beside its
    /// records, and take their places after them. The journal has what they say, so nobody waits for their names to be on
    /// disk; one flush of the folder, later, serves all lone writes of a while.
    /// - Returns: when the files are current for whoever reads them, or can't be.
    func place(_ snapshot: FileKeeper.Snapshot, when settlement: Settlement) async {
        do throws(StoreError) {
            guard let sizes = try await keepers.place(snapshot, when: settlement) else { return }
            let delay = memory.withLock { memory in
                memory.lag.notePlaced(snapshot, sizes: sizes)
                return memory.lag.isBehind ? memory.lag.pace.schedule(at: clock.now()) : nil
            }
            if let delay { rewriteLater(after: delay) }
        } catch {
            lag(error)
        }
    }

    func lag(_ error: StoreError) {
        let isNew = memory.withLock { memory in
            defer { memory.noteLagging(error) }
            return memory.condition == .sound
        }
        if isNew {
            logger.error("The data files can't be written; they lag behind", metadata: ["reason": "\(error)"])
        }
    }

    private func remove(_ retired: [String]) async {
        do throws(StoreError) {
            try await keepers.removeJournal(retired)
        } catch {
            // It harms nobody; the next start or stop removes it.
            logger.warning("A file of the journal stays behind", metadata: ["reason": "\(error)"])
        }
    }

    func rewriteLater(after delay: Duration) {
        // Not on the journal's thread, which may have no pause for it.
        clock.after(delay) { [self] in
            if memory.withLock({ $0.requestSnapshot() }) { commit() }
        }
    }

    /// Sees before a transaction starts whether its changes could be written: refuses before anything is promised, and
    /// finds out when a disk that failed is back.
    /// - Throws: ``StoreError``.
    func admit() async throws(StoreError) {
        guard
            let (sizes, condition) = memory.withLock({ memory in
                memory.needsDiskCheck(at: clock.now()) ? (memory.lag.sizes, memory.condition) : nil
            })
        else { return }
        do throws(StoreError) {
            let layout = layout
            try await diskChecks.run { () throws(StoreError) in try layout.checkRoom(sizes: sizes) }
            switch condition {
            case .sound: break
            case .failed: await recoverJournal()
            case .lagging:
                // Who was answered may be here before the journal's thread has seen that nothing waits any more.
                await finishJournal()
                if let snapshot = memory.withLock({ $0.settledSnapshot() }) {
                    await rewrite(snapshot, for: .newTransaction)
                }
            }
            if let refusal = memory.withLock({ $0.refusal }) { throw refusal }
        } catch {
            memory.withLock { $0.forgetDiskCheck() }
            throw error
        }
    }

    /// Why a transaction would be refused now; nil when one would be taken on. As ``admit()``, it finds out when a disk that
    /// failed is back.
    func refusal() async -> StoreError? {
        do throws(StoreError) {
            try await admit()
            return memory.withLock { $0.refusal }
        } catch {
            return error
        }
    }
}

extension StoreMemory {
    /// A rewrite has ended, well or not.
    fileprivate mutating func end(_ occasion: JSONFileStore.Occasion, at end: Instant, since start: Instant) {
        switch occasion {
        case .pace: lag.pace.ended(at: end, since: start)
        case .newTransaction: break
        }
    }
}
