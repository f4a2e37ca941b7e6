import Files
import Foundation
import Synchronization

/// Checks the images of a folder on as many threads as there are processors.
struct ImageInspection: Sendable {
    /// By name, what is wrong.
    private(set) var faults: [String: ImageFault] = [:]
    /// How many there are of which only the structure was checked.
    private(set) var jpegs = 0
    /// By name, for whom it is encrypted: the folded id.
    private(set) var owners: [String: String] = [:]
    /// How many there are that are encrypted and could not be looked into, because there are no keys.
    private(set) var closed = 0

    /// - Parameters:
    ///   - names: of plain files; one that is gone meanwhile is passed over.
    ///   - keys: nil where there are none, or none that can be used.
    ///   - progress: called now and then, by any of the threads, with the number of images that are done.
    static func inspect(
        _ names: [String], in folder: String, keys: ImageKeys? = nil,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async -> ImageInspection {
        let next = Atomic(0)
        let done = Atomic(0)
        let inspect = { @Sendable () -> ImageInspection in
            var inspection = ImageInspection()
            while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < names.count {
                inspection.add(names[index], in: folder, keys)
                progress(done.wrappingAdd(1, ordering: .relaxed).newValue)
            }
            return inspection
        }
        let threads = min(names.count, ProcessInfo.processInfo.activeProcessorCount)
        return await withTaskGroup(of: ImageInspection.self) { group in
            for number in 0..<threads {
                group.addTask { await BlockingExecutor(label: "images \(number)").run { inspect() } }
            }
            return await group.reduce(into: ImageInspection()) { $0.add($1) }
        }
    }

    private mutating func add(_ other: ImageInspection) {
        faults.merge(other.faults) { one, _ in one }
        jpegs += other.jpegs
        owners.merge(other.owners) { one, _ in one }
        closed += other.closed
    }

    private mutating func add(_ name: String, in folder: String, _ keys: ImageKeys?) {
        do throws(FileError) {
            guard let image = try ImageFile(name, in: folder, of: nil, keys: keys) else { return }
            owners[name] = image.person
            var bytes = image.window
            let (fault, format) = ImageCheck.check(&bytes)
            faults[name] = fault
            if format == .jpeg { jpegs += 1 }
        } catch {
            if keys == nil, error.isLackOfKey { closed += 1 } else { faults[name] = .unreadable(error) }
        }
    }
}

/// Shows on a terminal how far the checking is.
struct Progress: Sendable {
    private let count: Int
    private let what: String
    private let last = ProgressTime()

    /// Fewer are checked before anybody wonders.
    private static let many = 100
    private static let pause = Duration.milliseconds(200)

    /// Nil where nobody looks.
    /// - Parameter what: as in "7 of 100 images checked".
    init?(count: Int, _ what: String) {
        guard count >= Self.many, isatty(STDERR_FILENO) == 1 else { return nil }
        self.count = count
        self.what = what
    }

    func show(_ done: Int) {
        guard last.isOver(Self.pause) else { return }
        write("\r\(done) of \(count) \(what)")
    }

    func clear() { write("\r\u{1B}[K") }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// When something was last shown.
private final class ProgressTime: Sendable {
    private let last = Mutex(ContinuousClock.now)

    /// True once after each such time.
    func isOver(_ pause: Duration) -> Bool {
        last.withLock { last in
            let now = ContinuousClock.now
            guard now - last >= pause else { return false }
            last = now
            return true
        }
    }
}
