import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

// The queue with a key: what is on disk, and how long the key is.
extension SpoolTests {
    private var owner: SpoolOwner { SpoolOwner(account: ada, server: server) }
    private var handedOut: QueueKeyResponse { QueueKeyResponse(key: Array(0..<32)) }
    private var key: QueueKey { QueueKey(handedOut.key, of: owner, number: 1) }
    private var keyFile: String { "queue/keys/\(key.id.text)" }
    private var signature: [UInt8] { [0x89, 0x50, 0x4E, 0x47] }

    private func keyFiles() throws -> [String] {
        FileManager.default.fileExists(atPath: directory + "/keys") ? try folder.names(in: "queue/keys") : []
    }

    @Test func withAKeyNothingIsPlainOnDiskAndAllOfItComesBack() async throws {
        let stretch = Times.stretch(0, 400, idle: 12)
        let item = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            try await spool.add(stretch, account: ada, server: server)
            return try await add(signature, to: spool)
        }
        for name in try folder.names(in: "queue/pending") {
            let bytes = try folder.bytes(of: "queue/pending/\(name)")
            #expect(bytes.starts(with: Array("TTQUEUE\u{1}".utf8)))
            #expect(!String(decoding: bytes, as: UTF8.self).contains("ada"))
            #expect(bytes.firstRange(of: signature) == nil)
        }
        #expect(try folder.permissions(of: "queue/keys") == 0o700)
        #expect(try folder.permissions(of: keyFile) == 0o600)
        let again = try await reopen()
        #expect(await again.status.locked == 0)
        #expect(await again.status.work == [owner: 400])
        let work = try #require(await again.next(for: ada, on: server))
        #expect(work.content == .work(end: stretch.end, idleSeconds: 12))
        try await again.remove(work.id)
        #expect(await again.next(for: ada, on: server) == item)
        #expect(try await again.image(of: item.id) == signature)
    }

    @Test func whatWasThereBeforeTheKeyStaysReadable() async throws {
        let (plain, sealed) = try await withSpool { spool in
            let plain = try await add(signature + [1], to: spool)
            try await spool.keep(handedOut, of: owner)
            return (plain, try await add(signature + [2], to: spool))
        }
        let again = try await reopen()
        #expect(try await again.image(of: plain.id) == signature + [1])
        #expect(try await again.image(of: sealed.id) == signature + [2])
    }

    @Test func withoutItsKeyOnDiskNothingIsEither() async throws {
        let spool = try await Spool.open(directory: directory)
        try folder.write([], to: "queue/keys")
        await #expect(throws: SpoolError.self) { try await spool.keep(handedOut, of: owner) }
        let item = try await add(signature, to: spool)
        #expect(await spool.status.unkept == 1)
        #expect(try folder.names(in: "queue/pending") == [])
        #expect(try await spool.image(of: item.id) == signature)
        try FileManager.default.removeItem(atPath: directory + "/keys")
        await spool.keepUnkept()
        #expect(await spool.status.unkept == 0)
        #expect(try keyFiles() == [key.id.text])
        #expect(try folder.bytes(of: path(item)).firstRange(of: signature) == nil)
    }

    // MARK: How long a key is kept

    @Test func aLogoutWithAnEmptyQueueTakesTheKeyAlong() async throws {
        let spool = try await Spool.open(directory: directory)
        try await spool.keep(handedOut, of: owner)
        let item = try await add([1], to: spool)
        try await spool.remove(item.id)
        #expect(try keyFiles() == [key.id.text], "she is still signed in")
        try await spool.signedIn(as: nil)
        #expect(try keyFiles() == [])
    }

    @Test func aLogoutWithAFullQueueLeavesItUntilTheLastItemHasGone() async throws {
        let (first, second) = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            return (try await add([1], to: spool), try await add([2], to: spool))
        }
        let spool = try await reopen()
        try await spool.signedIn(as: nil)
        try await spool.putAside(first.id, reason: "400")
        #expect(try await spool.image(of: second.id) == [2])
        try await spool.remove(second.id)
        #expect(try keyFiles() == [key.id.text], "what was put aside needs it")
        #expect(try await spool.dropUndeliverable() == 1)
        #expect(try keyFiles() == [])
        #expect(try folder.names(in: "queue/aside") == [])
    }

    @Test func aCaptureThatEndsAfterTheLogoutIsSealedAllTheSame() async throws {
        let item = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            try await spool.signedIn(as: nil)
            #expect(try keyFiles() == [])
            return try await add(signature, to: spool)
        }
        #expect(try folder.bytes(of: path(item)).firstRange(of: signature) == nil)
        #expect(try keyFiles() == [key.id.text])
        let again = try await reopen()
        #expect(try await again.image(of: item.id) == signature)
        try await again.remove(item.id)
        #expect(try keyFiles() == [])
    }

    @Test func whoeverLogsInNextDoesNotTakeTheKeyOfWhatWaits() async throws {
        let spool = try await Spool.open(directory: directory)
        try await spool.keep(handedOut, of: owner)
        let item = try await add([1], to: spool)
        let other = SpoolOwner(account: AccountID(stored: "bob@example.org"), server: server)
        let others = QueueKeyResponse(key: Array(100..<132))
        try await spool.keep(others, of: other)
        #expect(try keyFiles().count == 2)
        try await spool.remove(item.id)
        #expect(try keyFiles() == [QueueKey(others.key, of: other, number: 1).id.text])
    }

    @Test func anotherKeyFromTheServerIsUsedFromThenOnAndTheOldOneGoesWithItsItems() async throws {
        let old = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            return try await add([1], to: spool)
        }
        let spool = try await reopen()
        let next = QueueKeyResponse(key: Array(32..<64))
        try await spool.keep(next, of: owner)
        let new = try await add([2], to: spool)
        #expect(try keyFiles().count == 2)
        #expect(try await spool.image(of: old.id) == [1])
        try await spool.remove(old.id)
        #expect(try keyFiles() == [QueueKey(next.key, of: owner, number: 2).id.text])
        #expect(try await spool.image(of: new.id) == [2])
        // The secret of an earlier time is the server's again: its key is the newest, also after a restart.
        try await spool.keep(handedOut, of: owner)
        let last = try await add([3], to: spool)
        try await spool.remove(new.id)
        #expect(try keyFiles() == [key.id.text])
        #expect(try await spool.image(of: last.id) == [3])
    }

    @Test func theNewestKeyIsTheNewestAfterARestart() async throws {
        try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            _ = try await add([1], to: spool)
            try await spool.keep(QueueKeyResponse(key: Array(32..<64)), of: owner)
            _ = try await add([2], to: spool)
            try await spool.keep(handedOut, of: owner)
        }
        let spool = try await reopen()
        let item = try await add([3], to: spool)
        #expect(Array(try folder.bytes(of: path(item))[8..<16]) == key.id.bytes)
    }

    // MARK: A key that is missing

    @Test func withoutItsKeyAnItemIsToldKeptAndReadAgainAtTheNextLogin() async throws {
        let item = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            return try await add(signature, to: spool)
        }
        let bytes = try folder.bytes(of: path(item))
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(keyFile)")
        let spool = try await reopen()
        #expect(await spool.status.locked == 1)
        #expect(await spool.status.bytes == bytes.count)
        #expect(await spool.next(for: ada, on: server) == nil)
        let next = try await add([2], to: spool)
        #expect(next.sequence == 2)
        // Another account's key is of no use.
        try await spool.keep(handedOut, of: SpoolOwner(account: AccountID(stored: "bob"), server: server))
        #expect(await spool.status.locked == 1)
        try await spool.keep(handedOut, of: owner)
        #expect(await spool.status.locked == 0)
        #expect(await spool.next(for: ada, on: server) == item)
        #expect(try await spool.image(of: item.id) == signature)
    }

    @Test(arguments: [
        "", "{", #"{"account":"ada@example.org","server":"http://localhost:4000","number":1,"key":"AA=="}"#,
    ])
    func aKeyFileThatIsDamagedCountsAsMissing(content: String) async throws {
        try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            _ = try await add([1], to: spool)
        }
        try folder.write(Array(content.utf8), to: keyFile)
        let spool = try await reopen()
        #expect(await spool.status.locked == 1)
        try await spool.keep(handedOut, of: owner)
        #expect(await spool.status.locked == 0)
        #expect(try folder.bytes(of: keyFile).count > 32)
    }

    @Test func whatCannotBeReadMakesRoomInItsTurnAndIsDropped() async throws {
        let size = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            for byte in 1...2 as ClosedRange<UInt8> {
                _ = try await add([UInt8](repeating: byte, count: 100), to: spool)
            }
            return await spool.status.bytes / 2
        }
        try FileManager.default.removeItem(atPath: "\(folder.path)/\(keyFile)")
        let spool = try await reopen(limit: 2 * size)
        _ = try await add([UInt8](repeating: 3, count: 100), to: spool)
        #expect(await spool.status.locked == 1)
        #expect(await spool.status.dropped == 1)
        #expect(try await spool.dropUndeliverable() == 1)
        #expect(await spool.status.locked == 0)
        #expect(try folder.names(in: "queue/pending").count == 1)
    }

    @Test func anImageThatWasChangedIsPutAside() async throws {
        let spool = try await Spool.open(directory: directory)
        try await spool.keep(handedOut, of: owner)
        let item = try await add([1, 2, 3], to: spool)
        var bytes = try folder.bytes(of: path(item))
        bytes[bytes.count - 1] ^= 1
        try folder.write(bytes, to: path(item))
        await #expect(throws: SpoolError.damaged(item.id, reason: "its image is not as it was encrypted")) {
            try await spool.image(of: item.id)
        }
        #expect(await spool.status.aside == 1)
    }

    // MARK: What its owner can do

    @Test func itsOwnerSeesWhatIsThereAndSavesThePictures() async throws {
        let (waiting, aside) = try await withSpool { spool in
            try await spool.keep(handedOut, of: owner)
            try await spool.add(Times.stretch(0, 400), account: ada, server: server)
            let items = (try await add(signature + [1], to: spool), try await add(signature + [2], to: spool))
            try await spool.putAside(items.1.id, reason: "The account has been removed.")
            return items
        }
        try folder.write([1], to: "queue/aside/notes")
        let spool = try await reopen()
        let lines = try await spool.entries().map(\.line)
        #expect(lines.count == 4)
        #expect(lines[0].hasSuffix("ada@example.org  waits") && lines[0].contains("work of 6 min"))
        #expect(lines[1].hasPrefix("2026-03-02T08:05:00.512Z  capture") && lines[1].hasSuffix("  waits"))
        #expect(lines[2] == "notes  1 B  put aside: It was put aside; the reason was not recorded.")
        #expect(lines[3].hasSuffix("ada@example.org  put aside: The account has been removed."))
        let saved = try await spool.savePictures(in: folder.path + "/pictures")
        #expect(saved == (1 + 1, 1))
        for (item, byte) in [(waiting, 1), (aside, 2)] as [(SpoolItem, UInt8)] {
            let name = "pictures/2026-03-02T08-05-00-512Z-\(item.id.uuidString).png"
            #expect(try folder.bytes(of: name) == signature + [byte])
            #expect(try folder.permissions(of: name) == 0o600)
        }
        #expect(await spool.status.pending == 2)
    }

    // Mounting a small file system needs root, which the build machine is.
    @Test(.enabled(if: getuid() == 0)) func onAFullDiskNothingIsPlainEither() async throws {
        let disk = try SmallDisk(megabytes: 1)
        defer { disk.unmount() }
        let spool = try await Spool.open(directory: disk.path + "/queue")
        try disk.fill()
        await #expect(throws: SpoolError.self) { try await spool.keep(handedOut, of: owner) }
        let item = try await add(signature, to: spool)
        #expect(await spool.status.unkept == 1)
        #expect(try await spool.image(of: item.id) == signature)
        try disk.makeRoom()
        await spool.keepUnkept()
        #expect(await spool.status.unkept == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/queue/keys") == [key.id.text])
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: disk.path + "/queue/pending").first)
        let bytes = try Data(contentsOf: URL(filePath: disk.path + "/queue/pending/" + name))
        #expect(bytes.firstRange(of: signature) == nil)
        #expect(try await spool.image(of: item.id) == signature)
    }
}
