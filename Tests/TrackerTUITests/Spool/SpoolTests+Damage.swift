import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

// What a killed client, somebody else or a full disk leaves of the queue.
extension SpoolTests {
    @Test func filesThatAKilledClientWasWritingAreCleared() async throws {
        _ = try await Spool.open(directory: directory)
        try folder.write([1, 2, 3], to: "queue/pending/.A.unfinished")
        try folder.write([1], to: "queue/aside/.B.unfinished")
        try folder.write([1], to: "queue/.C.unfinished")
        let spool = try await reopen()
        #expect(await spool.status == SpoolStatus(pending: 0, bytes: 0, aside: 0, dropped: 0))
        #expect(try folder.names(in: "queue") == ["aside", "lock", "pending"])
        #expect(try folder.names(in: "queue/pending") == [])
        #expect(try folder.names(in: "queue/aside") == [])
    }

    @Test func damagedAndUnknownFilesArePutAsideAndTheOthersDelivered() async throws {
        let (short, empty, intact) = try await withSpool { spool in
            (try await add([1, 2], to: spool), try await add([3], to: spool), try await add([4], to: spool))
        }
        let size = try folder.bytes(of: path(short)).count
        try folder.write(Array(try folder.bytes(of: path(short)).dropLast()), to: path(short))
        try folder.write([], to: path(empty))
        try folder.write(Array("hello\n".utf8), to: "queue/pending/notes.txt")
        try folder.write(
            Array("[1]\n".utf8), to: "queue/pending/000000000009-00000000-0000-0000-0000-000000000000.capture")
        let again = try await reopen()
        #expect(await again.next(for: ada, on: server) == intact)
        #expect(await again.status.pending == 1)
        let reasons = await again.asideItems.map(\.reason)
        #expect(
            Set(reasons) == [
                "Damaged: it has \(size - 1) bytes instead of \(size).", "Damaged: its first line is missing.",
                "Damaged: its name is not that of a capture.",
                "Damaged: in its first line the whole is not an object.",
            ])
    }

    @Test func twoUnknownFilesOfOneNameAreBothKept() async throws {
        _ = try await Spool.open(directory: directory)
        try folder.write([1], to: "queue/pending/notes")
        _ = try await reopen()
        try folder.write([2, 2], to: "queue/pending/notes")
        let spool = try await reopen()
        let reason = "Damaged: its name is not that of a capture."
        #expect(await spool.status == SpoolStatus(pending: 0, bytes: 3, aside: 2, dropped: 0, asideReason: reason))
    }

    @Test func anItemThatIsCutWhileTheClientRunsIsPutAsideWhenItIsRead() async throws {
        let spool = try await Spool.open(directory: directory)
        let item = try await add([1, 2, 3], to: spool)
        let next = try await add([4], to: spool)
        try folder.write(Array(try folder.bytes(of: path(item)).dropLast()), to: path(item))
        await #expect(throws: SpoolError.damaged(item.id, reason: "its image does not have 3 bytes any more")) {
            try await spool.image(of: item.id)
        }
        #expect(await spool.next(for: ada, on: server) == next)
        #expect(await spool.status.aside == 1)
    }

    @Test func anItemWhoseFileSomebodyRemovedIsSkipped() async throws {
        let spool = try await Spool.open(directory: directory)
        let item = try await add([1], to: spool)
        let next = try await add([2], to: spool)
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(path(item))")
        await #expect(throws: SpoolError.noSuchItem(item.id)) { try await spool.image(of: item.id) }
        #expect(await spool.next(for: ada, on: server) == next)
    }

    @Test func anItemPutAsideBeforeItsReasonWasWrittenStaysAside() async throws {
        let item = try await withSpool { spool in try await add([1], to: spool) }
        let name = "000000000001-\(item.id.uuidString).capture"
        try FileManager.default.moveItem(
            atPath: "\(folder.path)/\(path(item))", toPath: "\(folder.path)/queue/aside/\(name)")
        let again = try await reopen()
        #expect(
            await again.asideItems
                == [SpoolAsideItem(file: name, reason: "It was put aside; the reason was not recorded.")])
        #expect(await again.next(for: ada, on: server) == nil)
    }

    @Test(arguments: [
        "", "{", #"{"count":"x"}"#, #"{"count":1,"files":["../victim"]}"#,
        #"{"count":1,"files":["pending/../../victim"]}"#,
        #"{"count":9223372036854775807}"#, #"{"count":-9223372036854775808}"#, #"{"count":1e999}"#,
        #"{"count":1,"files":["pending/","pending/.","aside/\u0000","pending/folder",7,null]}"#,
    ])
    func anEditedRecordOfDropsHarmsNothing(record: String) async throws {
        let size = try sizeOfItem(imageBytes: 1)
        _ = try await Spool.open(directory: directory)
        try folder.write([1], to: "victim")
        try FileManager.default.createDirectory(
            atPath: directory + "/pending/folder", withIntermediateDirectories: true)
        try folder.write(Array(record.utf8), to: "queue/dropped")
        let spool = try await reopen(limit: size)
        let before = await spool.status.dropped
        #expect((0...1).contains(before))
        for _ in 0..<2 { _ = try await add([1], to: spool) }
        #expect(await spool.status.dropped == before + 1)
        #expect(try folder.bytes(of: "victim") == [1])
    }

    @Test(arguments: ["9223372036854775807", "9223372036854775808", "-1", "1e999", "536870913"])
    func anItemThatClaimsAnySizeIsPutAside(imageBytes: String) async throws {
        let item = try await withSpool { spool in try await add([1, 2], to: spool) }
        let text = String(decoding: try folder.bytes(of: path(item)), as: UTF8.self)
        let claimed = text.replacingOccurrences(of: "\"imageBytes\":2", with: "\"imageBytes\":\(imageBytes)")
        try folder.write(Array(claimed.utf8), to: path(item))
        let spool = try await reopen()
        #expect(await spool.status.aside == 1)
        #expect(try await spool.image(of: add([7], to: spool).id) == [7])
    }

    @Test(arguments: ["9223372036854775807", "999999999999"])
    func theOrderGoesOnWhateverNumberAFileHas(number: String) async throws {
        let item = try await withSpool { spool in try await add([1, 2], to: spool) }
        let name = "queue/pending/\(number)-\(item.id.uuidString).capture"
        try FileManager.default.moveItem(atPath: "\(folder.path)/\(path(item))", toPath: "\(folder.path)/\(name)")
        let ids = try await withSpool { spool in
            [try await add([3], to: spool).id, try await add([4], to: spool).id]
        }
        let again = try await reopen()
        for id in ids { #expect(try await again.image(of: id).count == 1) }
        #expect(await again.status.pending + again.status.aside == 3)
    }

    @Test func filesWithHolesOfAnySizeHarmNoSum() async throws {
        try await withSpool { spool in _ = try await add([1], to: spool) }
        for name in ["aside/a", "aside/b", "aside/b.reason", "pending/c", "dropped"] {
            try folder.write([], to: "queue/\(name)")
            try #require(truncate("\(directory)/\(name)", 1 << 43) == 0)
        }
        let spool = try await reopen()
        #expect(await spool.status.aside == 3)
        _ = try await add([2], to: spool)
        #expect(await spool.status.pending == 2)
        #expect(await spool.status.bytes < Spool.defaultLimit)
    }

    // MARK: A full disk

    // Mounting a small file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func whatAFullDiskDoesNotTakeGoesOutFromMemory() async throws {
        let disk = try SmallDisk(megabytes: 1)
        defer { disk.unmount() }
        let spool = try await Spool.open(directory: disk.path + "/queue")
        let first = try await add([1], to: spool)
        let onDisk = await spool.status.bytes
        try disk.fill()
        let second = try await add([2, 2], to: spool)
        let third = try await add([3, 3, 3], to: spool)
        let full = await spool.status
        #expect((full.pending, full.unkept, full.keepTrouble) == (3, 2, "No space left on device"))
        #expect(full.bytes > 3 * onDisk, "those in memory have a size, too")
        // In their order, those with a file and those without.
        for (item, image) in [(first, [1]), (second, [2, 2])] as [(SpoolItem, [UInt8])] {
            #expect(await spool.next(for: ada, on: server) == item)
            #expect(try await spool.image(of: item.id) == image)
            try await spool.remove(item.id)
        }
        #expect(await spool.status.unkept == 1)
        try disk.makeRoom()
        _ = try await add([4], to: spool)
        let roomy = await spool.status
        #expect((roomy.pending, roomy.unkept, roomy.keepTrouble) == (2, 0, nil))
        #expect(await spool.next(for: ada, on: server) == third)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/queue/pending").count == 2)
        #expect(try await spool.image(of: third.id) == [3, 3, 3])
    }

    @Test(.enabled(if: getuid() == 0)) func whatIsInMemoryAloneIsPutAsideAndForgottenLikeTheRest() async throws {
        let disk = try SmallDisk(megabytes: 1)
        defer { disk.unmount() }
        let spool = try await Spool.open(directory: disk.path + "/queue")
        try disk.fill()
        let first = try await add([1], to: spool)
        try await spool.putAside(first.id, reason: "400")
        #expect(await spool.asideItems.map(\.reason) == ["400"])
        #expect(await spool.status.asideReason == "400")
        #expect(await spool.status.unkept == 0)
        let most = UnkeptItems.mostCaptures
        for _ in 0...most { _ = try await add([1], to: spool) }
        let status = await spool.status
        #expect((status.pending, status.unkept, status.dropped) == (most, most, 1))
    }

    @Test(.enabled(if: getuid() == 0)) func noCaptureMakesWorkGoThatIsInMemoryAlone() async throws {
        let disk = try SmallDisk(megabytes: 1)
        defer { disk.unmount() }
        let spool = try await Spool.open(directory: disk.path + "/queue")
        try disk.fill()
        let stretch = Times.stretch(0, 400, idle: 12)
        try await spool.add(stretch, account: ada, server: server)
        for _ in 0...UnkeptItems.mostCaptures { _ = try await add([1], to: spool) }
        #expect(await spool.status.dropped == 1)
        let item = try #require(await spool.next(for: ada, on: server))
        #expect(item.content == .work(end: stretch.end, idleSeconds: 12))
        try disk.makeRoom()
        await spool.keepUnkept()
        #expect(await spool.status.unkept == 0)
        #expect(await spool.next(for: ada, on: server) == item)
    }

    @Test func memoryHasItsLimitInBytes() {
        var items = UnkeptItems()
        let ids = (0..<4).map { _ in UUID() }
        let half = [UInt8](repeating: 0, count: UnkeptItems.mostBytes / 2)
        #expect(items.add(ids[0], isCapture: true, half, because: "full") == [])
        #expect(items.add(ids[1], isCapture: true, half, because: "full") == [])
        #expect(items.add(ids[2], isCapture: true, [1], because: "full") == [ids[0]])
        #expect(items.add(UUID(), isCapture: true, half + half + [1], because: "full") == nil)
        #expect(items.count == 2)
        #expect(items.add(ids[3], isCapture: false, half, because: "full") == [ids[1]])
        #expect(items.add(UUID(), isCapture: true, half + [1], because: "full") == nil, "no work goes")
        #expect(items.ids == [ids[3], ids[2]])
        items.remove(ids[3])
        #expect(items.trouble == "full")
        items.remove(ids[2])
        #expect(items.trouble == nil)
    }
}
