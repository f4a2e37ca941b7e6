import Files
import Foundation
import Logging
import Synchronization

// The journal's thread.
extension JSONFileStore {
    /// Writes what waits, in batches, until nothing does.
    func commit() {
        journalQueue.async { [self] in commitAll() }
    }

    private func commitAll() {
        while let batch = memory.withLock({ $0.takeBatch(at: clock.now()) }) {
            // Of the pause below, which is one of this thread.
            let start = ContinuousClock.now
            let retired: [String]
            let settlement = Settlement()
            let placing = batch.lone.map { lone in Task { await place(lone, when: settlement) } }
            audit.take(batch.group.audited)
            do throws(FileError) {
                retired = try journal.withLock { journal throws(FileError) in try write(batch, to: &journal) }
            } catch {
                logger.error("The journal can't be written", metadata: ["reason": "\(error)"])
                settlement.end(false)
                let failure = StoreError(error)
                let waiting = memory.withLock { $0.fail(batch, failure) }
                waiting.forEach { $0.resume(.failure(.uncertain(error.description))) }
                return
            }
            writeAudit()
            let (settled, delay) = memory.withLock { memory in
                let settled = memory.settle(batch, retired: retired)
                let isBehind = !batch.hasCompleteSnapshot && memory.lag.isBehind
                return (settled, isBehind ? memory.lag.pace.schedule(at: clock.now()) : nil)
            }
            settlement.end(true)
            publish(settled, after: placing)
            if batch.group.transactions > 1 { Self.gather(since: start) }
            if let delay { rewriteLater(after: delay) }
            if let snapshot = batch.background { Task { await rewrite(snapshot, for: .pace) } }
        }
    }

    /// Lets whoever reads the audit find what the journal has. Where that fails, the journal keeps it, and nothing new is taken on.
    private func writeAudit() {
        do throws(FileError) {
            try audit.write()
        } catch {
            lag(StoreError(error))
        }
    }

    /// Tells of what is on disk now, then lets those go on who waited for it.
    ///
    /// The files of a lone write are not waited for: what the journal has is on disk, and records that come after it may be
    /// there before these files are in their places, and must be told after it. On a queue of its own, so that nobody who
    /// listens holds up the next flush; where nothing is to be told, as of heartbeats, nothing goes there.
    private func publish(_ settled: Commitments.Settled, after placing: Task<Void, Never>? = nil) {
        guard !settled.news.isEmpty else { return answer(settled.waiting, after: placing) }
        newsQueue.async { [self] in
            tell(settled.news)
            answer(settled.waiting, after: placing)
        }
    }

    private func answer(_ waiting: [Commitments.Waiting], after placing: Task<Void, Never>?) {
        guard let placing else { return waiting.forEach { $0.resume(.success(())) } }
        Task {
            await placing.value
            memory.withLock { $0.endLone() }
            waiting.forEach { $0.resume(.success(())) }
        }
    }

    /// Where many write, lets more of them share the next flush.
    private static func gather(since start: ContinuousClock.Instant) {
        let rest = gatherTime - (ContinuousClock.now - start)
        if rest > .zero { usleep(UInt32(rest / .microseconds(1))) }
    }

    /// - Returns: files of the journal that were left, whose records end with the batch.
    private func write(
        _ batch: StoreMemory.Batch, to journal: inout OpenJournal
    ) throws(FileError) -> [String] {
        do throws(FileError) {
            try journal.append(batch)
        } catch {
            logger.error(
                "The journal's file failed; going on in a new one", metadata: ["reason": "\(error)"])
            try journal.beginAnew()
        }
        if batch.hasCompleteSnapshot, journal.file.length > OpenJournal.longFile {
            do throws(FileError) {
                try journal.beginAnew()
            } catch {
                // The long file goes on serving.
                logger.warning("The journal can't begin a new file", metadata: ["reason": "\(error)"])
            }
        }
        defer { journal.left = [] }
        return journal.left
    }

    /// Tries whether the journal can be written again.
    func recoverJournal() async {
        await withCheckedContinuation { continuation in
            journalQueue.async { [self] in
                recover()
                continuation.resume()
            }
        }
    }

    private func recover() {
        guard memory.withLock({ $0.hasFailed }) else { return }
        do throws(FileError) {
            let last = try journal.withLock { journal throws(FileError) in
                try journal.beginAnew()
                return journal.lastUnflushed
            }
            logger.notice("The journal can be written again")
            writeAudit()
            let (recovery, delay) = memory.withLock { memory in
                (memory.recover(through: last), memory.lag.pace.schedule(at: clock.now()))
            }
            publish(Commitments.Settled(news: recovery.news, waiting: []))
            if let delay { rewriteLater(after: delay) }
            if recovery.goesOn { commitAll() }
        } catch {
            logger.error("The journal still can't be written", metadata: ["reason": "\(error)"])
        }
    }

    /// Returns when the journal's thread has nothing left to do.
    func finishJournal() async {
        await withCheckedContinuation { continuation in journalQueue.async { continuation.resume() } }
    }
}
