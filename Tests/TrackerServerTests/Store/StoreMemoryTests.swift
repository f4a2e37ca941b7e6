import Shared
import Testing

@testable import TrackerServer

@Suite struct StoreMemoryTests {
    private let id = AccountID(stored: "eva")
    private let start = ContinuousClock.now

    private func memory() -> StoreMemory {
        StoreMemory(Transaction(state: TrackerState()), lastNumber: 0, sizes: [:])
    }

    /// Records an interval that the journal holds when this returns.
    private func settled(_ seconds: Int, in memory: inout StoreMemory, at time: ContinuousClock.Instant) throws
        -> StoreMemory.Batch
    {
        try record(seconds, in: &memory)
        let taken = memory.takeBatch(at: time)
        let batch = try #require(taken)
        _ = memory.settle(batch, retired: [])
        let hasMore = memory.takeBatch(at: time) != nil
        #expect(!hasMore)
        return batch
    }

    /// Records an interval, for ``StoreMemory/takeBatch(at:)`` to take.
    private func record(_ seconds: Int, in memory: inout StoreMemory) throws {
        memory.transaction.record(.intervalAssigned(id, seconds: seconds))
        _ = try memory.enqueue { _ in }
    }

    /// A rewrite may end while the journal fails: what it notes must not stand behind a record that is missing, nor make
    /// that one count as stored.
    @Test func nothingIsWrittenToAJournalThatFailed() throws {
        var memory = memory()
        _ = try settled(60, in: &memory, at: start)
        let snapshot = memory.snapshot(of: memory.lag.outdated)
        try record(120, in: &memory)
        let failing = memory.takeBatch(at: start)
        _ = memory.fail(try #require(failing), .full)
        let commits = memory.noteRewritten(snapshot, sizes: [.intervals: 20])
        #expect(!commits)
        do throws(StoreError) {
            let waits = try memory.wait(for: 2) { _ in }
            Issue.record("\(waits)")
        } catch {
            #expect(error != .full)
        }
        // The note goes with what the journal lacks.
        let recovery = memory.recover(through: 2)
        #expect(recovery.goesOn)
        #expect(recovery.news.map(\.changes) == [[.intervalAssigned(id, seconds: 120)]])
        let rest = memory.takeBatch(at: start)
        #expect(rest?.group.last == 3)
        #expect(rest?.group.transactions == 0)
    }

    @Test func aStoreThatWasClosedWritesNoNotes() throws {
        var memory = memory()
        _ = try settled(60, in: &memory, at: start)
        let snapshot = memory.snapshot(of: memory.lag.outdated)
        _ = memory.close()
        let commits = memory.noteRewritten(snapshot, sizes: [.intervals: 20])
        #expect(!commits)
    }

    @Test func aStoreThatWasClosedWhileItsFilesLaggedStaysClosed() throws {
        var memory = memory()
        _ = try settled(60, in: &memory, at: start)
        memory.noteLagging(.full)
        #expect(memory.condition == .lagging(.full))
        let snapshot = memory.snapshot(of: memory.lag.outdated)
        _ = memory.close()
        _ = memory.noteRewritten(snapshot, sizes: [.intervals: 20])
        #expect(memory.refusal != nil)
    }

    /// Two rewrites may end in the other order: the one that failed is told last.
    @Test func aFailureThatALaterRewriteHasMendedIsNone() throws {
        var memory = memory()
        _ = try settled(60, in: &memory, at: start)
        _ = memory.noteRewritten(memory.snapshot(of: memory.lag.outdated), sizes: [.intervals: 20])
        memory.noteLagging(.unavailable("late"))
        #expect(memory.condition == .sound)
    }

    @Test func afterAFailureOfTheJournalTheFilesFollowWithoutAnotherWrite() throws {
        var memory = memory()
        _ = try settled(60, in: &memory, at: start)
        _ = memory.lag.pace.schedule(at: start)
        try record(120, in: &memory)
        let failing = memory.takeBatch(at: start)
        _ = memory.fail(try #require(failing), .full)
        // The rewrite that was due finds nothing that it may write.
        let early = memory.requestSnapshot()
        #expect(!early)
        _ = memory.recover(through: 2)
        let delay = memory.lag.pace.schedule(at: start)
        #expect(delay != nil)
    }

    /// Else many that each come alone would wait for each other's files, one after the other.
    @Test func whileALoneWriteWaitsForItsFilesNoOtherIsLone() throws {
        var memory = memory()
        let second = start + .seconds(1)
        let first = try settled(60, in: &memory, at: start).lone
        #expect(first != nil)
        let meanwhile = try settled(90, in: &memory, at: second).lone
        #expect(meanwhile == nil)
        memory.endLone()
        let soonAfter = try settled(120, in: &memory, at: second + .milliseconds(10)).lone
        #expect(soonAfter == nil)
        let later = try settled(150, in: &memory, at: second + .seconds(1)).lone
        #expect(later != nil)
    }

    @Test func aLoneWriteEndsWithItsOwnBatchWhenTheJournalFails() throws {
        var memory = memory()
        for (number, isOwn) in [(1, true), (3, false)] {
            let time = start + .seconds(number)
            try record(60 * number, in: &memory)
            if !isOwn {
                let lone = memory.takeBatch(at: time)?.lone
                #expect(lone != nil)
                try record(60 * number + 60, in: &memory)
            }
            let failing = memory.takeBatch(at: time)
            #expect((failing?.lone != nil) == isOwn)
            _ = memory.fail(try #require(failing), .full)
            _ = memory.recover(through: memory.commitments.number)
            let next = try settled(60 * number + 90, in: &memory, at: time + .seconds(1)).lone
            #expect((next != nil) == isOwn)
            memory.endLone()
        }
    }

    @Test func rewritingTakesATenthOfTheTimeAtMost() {
        var pace = RewritePace()
        #expect(pace.schedule(at: start) == RewritePace.pause)
        #expect(pace.schedule(at: start) == nil)
        pace.ended(at: start + .seconds(1), since: start + .milliseconds(960))
        #expect(pace.schedule(at: start + .seconds(1)) == RewritePace.pause)
        pace.ended(at: start + .seconds(10), since: start + .seconds(8))
        #expect(pace.schedule(at: start + .seconds(11)) == .seconds(17))
        pace.cancel()
        #expect(pace.schedule(at: start + .seconds(30)) == RewritePace.pause)
    }

    /// The journal can begin a new file only with a batch.
    @Test func aRewriteThatIsDueComesWithABatchAlsoWhenNobodyWrites() throws {
        var memory = memory()
        try record(60, in: &memory)
        _ = try settled(90, in: &memory, at: start)
        let mustCommit = memory.requestSnapshot()
        #expect(mustCommit)
        let batch = memory.takeBatch(at: start)
        #expect(batch?.hasCompleteSnapshot == true)
        #expect(batch?.group.records == [])
        #expect(batch?.group.last == 2)
        let isDone = memory.takeBatch(at: start) == nil
        #expect(isDone)
    }

    @Test func aRewriteThatIsDueIsNeverForgotten() throws {
        var memory = memory()
        try record(60, in: &memory)
        _ = try settled(60, in: &memory, at: start)
        let delays = [memory.lag.pace.schedule(at: start), memory.lag.pace.schedule(at: start)]
        #expect(delays.map { $0 != nil } == [true, false])
        // A lone write has brought the file up to date before the due rewrite comes.
        let lone = try settled(120, in: &memory, at: start + .seconds(1)).lone
        _ = memory.noteRewritten(try #require(lone), sizes: [.intervals: 20])
        let due = memory.requestSnapshot()
        #expect(!due)
        let delay = memory.lag.pace.schedule(at: start)
        #expect(delay != nil)
    }
}
