import Files
import Logging
import ServiceLifecycle
import Shared
import Synchronization

/// What is too old to keep. Pure.
struct RetentionRule: Sendable, Hashable {
    /// Images are kept for so many days, 1 or more.
    let days: Int

    /// Images from before this instant go.
    func oldestKept(at now: Timestamp) -> Timestamp {
        now.adding(milliseconds: -Int64(days) * 24 * 3_600_000)
    }

    /// Images without a record go when their names are from before this instant. A name has the time of the upload, and
    /// the record that is gone may have had that of a capture long before.
    func oldestKeptWithoutRecord(at now: Timestamp) -> Timestamp {
        oldestKept(at: now).adding(milliseconds: CaptureTime.oldest)
    }
}

/// Removes images and their index records once they are too old: at the start and every hour.
///
/// The record goes first, then the image. When the server crashes in between, or the image can't be removed, an image
/// without a record is left, as an upload leaves one that ended with the server. Each run removes those that may be of a
/// capture that is too old; who sends such an image again sends all of it.
///
/// Where the clock may be wrong, nothing goes: see ``RetentionGuard``.
final class ImageRetention: Service, CustomStringConvertible {
    private let rule: RetentionRule
    private let environment: ServerEnvironment
    private let logger: Logger
    private let pause: Duration
    private let files = BlockingExecutor(label: "retention")
    /// Names of images that may have lost their records without having been removed.
    private let abandoned = Mutex<[String]>([])
    private let believed: Mutex<RetentionGuard>

    /// For the log, which would otherwise show everything that the environment holds.
    var description: String { "ImageRetention" }

    static let interval = Duration.seconds(3600)
    /// Images that go in one turn.
    static let turn = 200
    /// Time between two turns, so that requests are not held up.
    static let pause = Duration.milliseconds(100)

    init(
        _ rule: RetentionRule, environment: ServerEnvironment, logger: Logger, isConfirmed: Bool = false,
        pause: Duration = ImageRetention.pause
    ) {
        believed = Mutex(RetentionGuard(start: environment.clock.observe().steady, isConfirmed: isConfirmed))
        self.rule = rule
        self.environment = environment
        self.logger = logger
        self.pause = pause
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.removeOldImages()
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.error("Old images could not be removed", metadata: ["error": "\(error)"])
                }
                do { try await Task.sleep(for: Self.interval) } catch { return }
            }
        }
    }

    /// One run: everything that is too old now goes, unless the clock is not believed.
    /// - Throws: ``StoreError``, `FileError`, then some may have gone and the next run goes on; or `CancellationError`.
    func removeOldImages() async throws {
        let clock = environment.clock.observe()
        let limit = rule.oldestKept(at: clock.time)
        let folder = environment.store.layout.dataFolder
        let note = try await files.run { () throws(FileError) in try RetentionNote.read(in: folder) }
        let limitWithoutRecord = rule.oldestKeptWithoutRecord(at: clock.time)
        let old =
            environment.store.peek { $0.uploads.timeline.firstIndex(at: limit) }
            + environment.images.unindexed.count(before: limitWithoutRecord) + abandoned.withLock(\.count)
        let decision = believed.withLock {
            $0.decide(
                removing: old, at: clock.time, after: note, steady: clock.steady, steadyFor: clock.steadyFor)
        }
        if case .hold(let ahead, let wait) = decision {
            return warn(ofHolding: old, before: limit, after: note, ahead: ahead, wait: wait)
        }
        let unindexed = environment.images.unindexed.take(before: limitWithoutRecord)
        abandoned.withLock { $0 += unindexed }
        var count = try await removeAbandoned()
        while case let removed = try await removeRecords(before: limit), removed > 0 {
            count += try await removeAbandoned()
            if removed < Self.turn { break }
            try await Task.sleep(for: pause)
        }
        logger.info("Images that were too old are removed", metadata: ["images": "\(count)"])
        let flushes = environment.store.flushes.folders
        try await files.run { () throws(FileError) in
            try RetentionNote(at: clock.time, through: limit).write(in: folder, flushes)
        }
        believed.withLock { $0.went(steady: clock.steady) }
    }

    private func warn(
        ofHolding count: Int, before limit: Timestamp, after note: RetentionNote.Stored, ahead: Int64?, wait: Int64
    ) {
        var metadata: Logger.Metadata = ["images": "\(count)", "before": "\(limit.iso8601)"]
        if case .note(let last) = note { metadata["last"] = "\(last.at.iso8601)" }
        if let ahead { metadata["ahead"] = "\(ahead / 3_600_000) h" }
        logger.warning(
            """
            Old images are kept for now: since the last removal the clock has gone further than this server has run. If it \
            is right, start once with --confirm-retention, or let the server run for \((wait + 3_599_999) / 3_600_000) hours \
            without the clock being set
            """, metadata: metadata)
    }

    /// - Returns: how many records went in this turn.
    private func removeRecords(before limit: Timestamp) async throws -> Int {
        var files: [String] = []
        do {
            try await environment.store.transact(by: .server) { transaction in
                files = transaction.state.uploads.oldest(Self.turn, before: limit).map(\.file)
                if !files.isEmpty { transaction.record(.imagesRemoved(files)) }
            }
        } catch {
            // Whether the records went shows when the disk is back.
            if case StoreError.uncertain = error { abandon(files) }
            throw error
        }
        abandon(files)
        return files.count
    }

    private func abandon(_ files: [String]) {
        let names = files.compactMap { file -> String? in
            guard file.hasPrefix(UploadRecord.folder) else { return nil }
            let name = String(file.dropFirst(UploadRecord.folder.count))
            return UploadName.isImage(name) ? name : nil
        }
        abandoned.withLock { $0 += names }
    }

    /// Removes images that have no record. Those that can't be removed are left to the next run.
    /// - Returns: how many.
    private func removeAbandoned() async throws -> Int {
        var count = 0
        var stubborn: [String] = []
        defer { abandoned.withLock { $0 += stubborn } }
        while case let names = abandoned.withLock({ Array($0.prefix(Self.turn)) }), !names.isEmpty {
            let gone = try await environment.store.read { state in names.filter { state.upload(named: $0) == nil } }
            for name in gone {
                if await environment.images.remove(name) { count += 1 } else { stubborn.append(name) }
            }
            abandoned.withLock { $0.removeFirst(names.count) }
            if names.count == Self.turn { try await Task.sleep(for: pause) }
        }
        return count
    }
}
