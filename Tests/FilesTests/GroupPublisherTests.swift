import Dispatch
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Files

struct GroupPublisherTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func publisher() -> GroupPublisher {
        GroupPublisher(folder: folder.path, gatherTime: .milliseconds(1))
    }

    private func file(_ byte: UInt8) throws -> UnnamedFile {
        let file = try UnnamedFile(in: folder.path, mode: 0o600, passingName: ".passing-\(byte)")
        try file.file.write([byte].span)
        return file
    }

    private func publish(
        _ file: UnnamedFile, as name: String, by publisher: GroupPublisher
    ) async -> Result<Bool, FileError> {
        await withCheckedContinuation { done in
            publisher.publish(file, as: "\(folder.path)/\(name)") { done.resume(returning: $0) }
        }
    }

    @Test func everyFileGetsItsOwnNameAndContent() async throws {
        let publisher = publisher()
        let files = try (0..<50).map { (name: "f\($0)", file: try file(UInt8($0))) }
        let results = await withTaskGroup(of: Result<Bool, FileError>.self) { group in
            for (name, file) in files { group.addTask { await publish(file, as: name, by: publisher) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: .success(true), count: 50))
        #expect(try folder.names() == files.map(\.name).sorted())
        for number in 0..<50 { #expect(try folder.bytes(of: "f\(number)") == [UInt8(number)]) }
    }

    @Test func aNameThatIsTakenIsToldToThatFileAlone() async throws {
        try folder.write("old", to: "a")
        let publisher = publisher()
        let (first, second) = (try file(1), try file(2))
        async let taken = publish(first, as: "a", by: publisher)
        async let free = publish(second, as: "b", by: publisher)
        #expect(await taken == .success(false))
        #expect(await free == .success(true))
        #expect(try folder.bytes(of: "a") == Array("old".utf8))
        #expect(try folder.bytes(of: "b") == [2])
    }

    @Test func whoAsksWhileAGroupIsOnItsWayIsServedByTheNext() async throws {
        let publisher = publisher()
        let (first, second) = (try file(1), try file(2))
        let order = Mutex<[String]>([])
        await withCheckedContinuation { done in
            publisher.publish(first, as: folder.path + "/a") { _ in
                publisher.publish(second, as: folder.path + "/b") { _ in
                    order.withLock { $0.append("b") }
                    done.resume()
                }
                order.withLock { $0.append("a") }
            }
        }
        #expect(order.withLock { $0 } == ["a", "b"])
        #expect(try folder.names() == ["a", "b"])
    }

    @Test func aFileThatCanNotBeNamedIsToldWhy() async throws {
        let publisher = publisher()
        let result = await publish(try file(1), as: "none/a", by: publisher)
        #expect(throws: FileError.self) { try result.get() }
        #expect(try folder.names() == [])
    }

    @Test func aFileWhoseNameDidNotReachTheDiskHasNone() async throws {
        let publisher = GroupPublisher(folder: folder.path + "/none", gatherTime: .milliseconds(1))
        let result = await publish(try file(1), as: "a", by: publisher)
        guard case .failure(let error) = result else {
            Issue.record("It was said to be on the disk.")
            return
        }
        #expect(error.isMissing)
        #expect(try folder.names() == [])
    }

    /// Others have renamed files in the folder, too.
    @Test func aFlushOfTheFolderThatFailsIsToldToAllWhoFlushIt() async throws {
        let folders = FolderFlushes { _ throws(FileError) in throw FileError(attempt: "flush", code: EIO) }
        let publisher = GroupPublisher(folder: folder.path, gatherTime: .milliseconds(1), folders: folders)
        let before = folders.failures(of: folder.path)
        let result = await publish(try file(1), as: "a", by: publisher)
        #expect(throws: FileError.self) { try result.get() }
        #expect(try folder.names() == [])
        #expect(folders.failures(of: folder.path) == before + 1)
    }

    /// Eight who ask while another is on its way are one group, of whom each waits in its flush until all are there.
    @Test(.timeLimit(.minutes(1))) func theFilesOfAGroupAreFlushedSideBySide() async throws {
        let (firstMayEnd, allAreThere) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let (first, firstIsInFlush) = AsyncStream.makeStream(of: Void.self)
        let inFlush = Mutex(0)
        let publisher = GroupPublisher(folder: folder.path, gatherTime: .milliseconds(1)) { file throws(FileError) in
            guard try file.read(count: 1, from: 0) != [0] else {
                firstIsInFlush.yield()
                return firstMayEnd.wait()
            }
            let count = inFlush.withLock { count in
                count += 1
                return count
            }
            if count == 8 { for _ in 0..<8 { allAreThere.signal() } }
            allAreThere.wait()
        }
        let files = try (UInt8(0)...8).map { try file($0) }
        let (results, answer) = AsyncStream.makeStream(of: Result<Bool, FileError>.self)
        publisher.publish(files[0], as: "\(folder.path)/f0") { answer.yield($0) }
        for await _ in first { break }
        for (number, file) in files.enumerated().dropFirst() {
            publisher.publish(file, as: "\(folder.path)/f\(number)") { answer.yield($0) }
        }
        firstMayEnd.signal()
        for await result in results.prefix(9) { #expect(result == .success(true)) }
    }

    @Test func aFlushThatFailsIsToldToThatFileAloneWhichGetsNoName() async throws {
        let failure = FileError(attempt: "flush", code: EIO)
        let publisher = GroupPublisher(folder: folder.path, gatherTime: .milliseconds(1)) { file throws(FileError) in
            if try file.read(count: 1, from: 0) == [3] { throw failure }
        }
        let files = try (UInt8(0)..<20).map { try file($0) }
        let results = await withTaskGroup(of: (Int, Result<Bool, FileError>).self) { group in
            for (number, file) in files.enumerated() {
                group.addTask { (number, await publish(file, as: "f\(number)", by: publisher)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(results[3] == .failure(failure))
        #expect(results.values.count { $0 == .success(true) } == 19)
        #expect(try folder.names() == (0..<20).filter { $0 != 3 }.map { "f\($0)" }.sorted())
    }
}
