import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerTUI

/// The form of an encrypted item, and what is noticed of it.
@Suite struct SealedItemTests {
    private let owner = SpoolOwner(account: AccountID(stored: "ada@example.org"), server: "http://localhost:4000")
    private var key: QueueKey { QueueKey(Array(0..<32), of: owner, number: 1) }
    private let png = [UInt8]([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + Array(repeating: 7, count: 50)
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func item(sequence: Int = 1, id: UUID = UUID(), imageSize: Int? = nil) -> SpoolItem {
        SpoolItem(
            id: id, sequence: sequence, capturedAt: Timestamp(milliseconds: 1_772_438_700_512), account: owner.account,
            server: owner.server, imageSize: imageSize ?? png.count)
    }

    private func keys(_ all: QueueKey...) -> KeptKeys {
        var keys = KeptKeys()
        all.forEach { keys.add($0) }
        return keys
    }

    /// What a file of that name and content is read as, and its image.
    private func read(
        _ bytes: [UInt8], as name: String, _ keys: KeptKeys
    ) throws -> (content: SpoolFile.Content, image: [UInt8]?) {
        try folder.write(bytes, to: name)
        let content = try SpoolFile.read("\(folder.path)/\(name)", name: name, keys: keys)
        guard case .item(let file) = content else { return (content, nil) }
        return (content, file.image(in: bytes.dropFirst(file.headerSize), key: file.seal.flatMap { keys[$0.keyID] }))
    }

    @Test func whatIsSealedShowsNothingAndIsReadWithItsKey() throws {
        let item = item()
        let (file, bytes) = try SpoolFile.bytes(of: item, image: png, sealedUnder: key)
        let text = String(decoding: bytes, as: UTF8.self)
        for word in ["PNG", "ada", "example", "localhost", "2026", item.id.uuidString, "capturedAt"] {
            #expect(!text.contains(word), "\(word)")
        }
        #expect(file.size == bytes.count)
        let found = try read(bytes, as: file.name, keys(key))
        guard case .item(let again) = found.content else {
            Issue.record("\(found.content)")
            return
        }
        #expect(again == file)
        #expect(again.item == item)
        #expect(found.image == png)
    }

    @Test func twiceTheSameIsNeverTheSameOnDisk() throws {
        let item = item()
        let first = try SpoolFile.bytes(of: item, image: png, sealedUnder: key).1
        let second = try SpoolFile.bytes(of: item, image: png, sealedUnder: key).1
        #expect(first.suffix(png.count) != second.suffix(png.count))
    }

    @Test(arguments: [0, 1, 15, 16, 17, 65_536]) func imagesOfAnySizeComeBack(size: Int) throws {
        let image = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        let (file, bytes) = try SpoolFile.bytes(of: item(imageSize: size), image: image, sealedUnder: key)
        #expect(try read(bytes, as: file.name, keys(key)).image == image)
    }

    /// Of every byte each bit.
    @Test func noBitCanBeChanged() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: key)
        let keys = keys(key)
        for position in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[position] ^= 1 << bit
                let found = try read(other, as: file.name, keys)
                #expect(found.image == nil, "bit \(bit) of byte \(position)")
                // Without the right name of the key it is some other key's.
                if case .locked = found.content {
                    #expect((8..<16).contains(position))
                }
            }
        }
    }

    @Test func itCanNotBeCutNorMadeLonger() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: key)
        for count in 0..<bytes.count {
            #expect(try read(Array(bytes.prefix(count)), as: file.name, keys(key)).image == nil, "\(count) bytes")
        }
        #expect(try read(bytes + [0], as: file.name, keys(key)).image == nil)
    }

    @Test func itTakesNoOtherPlaceInLineAndNoOtherName() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: key)
        let later = SpoolFile.name(of: item(sequence: 2, id: file.item.id))
        let other = SpoolFile.name(of: item(sequence: 1))
        for name in [later, other, file.name.replacingOccurrences(of: ".capture", with: ".work")] {
            guard case .damaged(let reason) = try read(bytes, as: name, keys(key)).content else {
                Issue.record("\(name) was taken")
                continue
            }
            #expect(reason == "it is not as it was encrypted")
        }
    }

    @Test func imagesAreNotExchangedBetweenItems() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: key)
        let (_, others) = try SpoolFile.bytes(of: item(sequence: 2), image: png, sealedUnder: key)
        let mixed = bytes.prefix(file.headerSize) + others.suffix(file.sizeOfImage)
        #expect(try read(Array(mixed), as: file.name, keys(key)).image == nil)
    }

    @Test func anotherKeyOpensNothing() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: key)
        let other = QueueKey(Array(1..<33), of: owner, number: 1)
        guard case .locked(let id) = try read(bytes, as: file.name, keys(other)).content else {
            Issue.record("it was read")
            return
        }
        #expect(id == key.id)
        #expect(file.seal?.opened(bytes.suffix(file.sizeOfImage), .image, of: file.name, under: other) == nil)
    }

    @Test func aKeyIsNamedByWhoseItIsAndNeverPrinted() {
        let key = key
        let twin = QueueKey(
            key.bytes, of: SpoolOwner(account: owner.account, server: "http://127.0.0.1:4000"), number: 1)
        #expect(twin.id != key.id)
        #expect(key.id.text.count == 16)
        var dumped = ""
        dump([key], to: &dumped)
        for text in ["\(key)", String(reflecting: key), "\([key])", dumped] {
            #expect(!text.contains("1, 2, 3") && !text.contains("UInt8"), "\(text)")
        }
    }

    @Test func plainItemsOfEarlierVersionsAreReadAsEver() throws {
        let (file, bytes) = try SpoolFile.bytes(of: item(), image: png, sealedUnder: nil)
        #expect(file.seal == nil)
        #expect(try read(bytes, as: file.name, keys(key)).image == png)
    }
}

/// Which keys a folder needs.
@Suite struct KeptKeysTests {
    private let ada = SpoolOwner(account: AccountID(stored: "ada"), server: "http://localhost:4000")
    private let bob = SpoolOwner(account: AccountID(stored: "bob"), server: "http://localhost:4000")

    private func key(_ byte: UInt8, of owner: SpoolOwner, number: Int) -> QueueKey {
        QueueKey(Array(repeating: byte, count: 32), of: owner, number: number)
    }

    private func kept(_ all: [QueueKey], signedIn: SpoolOwner?) -> KeptKeys {
        var keys = KeptKeys()
        for key in all {
            keys.add(key)
            keys.keptOnDisk(key.id)
        }
        keys.signedIn = signedIn
        return keys
    }

    @Test func theNewestOfItsOwnerIsUsed() {
        let keys = kept(
            [key(3, of: ada, number: 3), key(1, of: ada, number: 1), key(2, of: bob, number: 2)], signedIn: nil)
        #expect(keys.current(for: ada)?.number == 3)
        #expect(keys.current(for: bob)?.number == 2)
        #expect(keys.nextNumber == 4)
    }

    @Test func whoIsSignedInKeepsTheNewestAndWhatIsSealedKeepsItsOwn() {
        let (old, new, other) = (key(1, of: ada, number: 1), key(2, of: ada, number: 2), key(3, of: bob, number: 3))
        let keys = kept([old, new, other], signedIn: ada)
        #expect(keys.unneeded(sealed: []).map(\.id) == [old.id, other.id])
        #expect(keys.unneeded(sealed: [old.id]).map(\.id) == [other.id])
        #expect(kept([old, new, other], signedIn: nil).unneeded(sealed: [new.id]).map(\.id) == [old.id, other.id])
    }

    @Test func whatHasNoFileNeedNotGo() {
        var keys = kept([key(1, of: ada, number: 1)], signedIn: nil)
        keys.removedFromDisk(key(1, of: ada, number: 1).id)
        #expect(keys.unneeded(sealed: []).isEmpty)
        #expect(keys.current(for: ada) != nil, "what ends late is sealed all the same")
    }
}
