import Crypto
import Files
import Foundation
import Settings
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// The master key, and the keys that it wraps.
struct ImageKeysTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder(inMemory: true) }

    private func open(_ master: MasterKey?, encrypted: String? = nil) throws -> ImageKeys? {
        try ImageKeys.open(in: folder.path, master: master) { () throws(FileError) in encrypted }
    }

    private func refusal(_ master: MasterKey?, encrypted: String? = nil) -> String {
        let error = #expect(throws: (any Error).self) { try open(master, encrypted: encrypted) }
        return error.map { "\($0)" } ?? ""
    }

    private var text: String { get throws { String(decoding: try folder.bytes(of: ImageKeyFile.name), as: UTF8.self) } }

    @Test func aKeyIsOnDiskWhenItIsGiven() throws {
        let keys = try #require(try open(try SampleKeys.master()))
        let key = try keys.key(of: AccountID(stored: "Eva"))
        #expect(key.person == "eva")
        let again = try #require(try open(try SampleKeys.master()))
        #expect(again.key(id: key.id) == key)
        #expect(try again.key(of: AccountID(stored: "EVA")) == key)
        #expect(try folder.permissions(of: ImageKeyFile.name) == 0o600)
    }

    @Test func eachPersonHasAKeyOfItsOwn() throws {
        let keys = try #require(try open(try SampleKeys.master()))
        let all = try ["a", "b", "c"].map { try keys.key(of: AccountID(stored: $0)) }
        #expect(Set(all.map(\.id)).count == 3)
        #expect(Set(all.map { $0.secret.withUnsafeBytes { Array($0) } }).count == 3)
        #expect(all[0] == (try keys.key(of: AccountID(stored: "a"))))
    }

    @Test(.ownThread) func manyWhoAskAtOnceGetOneKey() throws {
        let keys = try #require(try open(try SampleKeys.master()))
        let ids = Counter()
        let first = try keys.key(of: AccountID(stored: "first"))
        DispatchQueue.concurrentPerform(iterations: 16) { number in
            do {
                let key = try keys.key(of: AccountID(stored: "eva"))
                if key != first { _ = ids.next() }
            } catch {
                Issue.record(error)
            }
        }
        #expect(ids.next() == 17)
        #expect(try ImageKeyFile(folder.bytes(of: ImageKeyFile.name)).entries.map(\.person) == ["first", "eva"])
    }

    @Test func theFileHoldsNoKey() throws {
        let keys = try #require(try open(try SampleKeys.master()))
        let key = try keys.key(of: AccountID(stored: "eva"))
        let bytes = key.secret.withUnsafeBytes { Data($0) }
        let texts = [bytes.base64EncodedString(), bytes.map { String(format: "%02x", $0) }.joined(), SampleKeys.text]
        for secret in texts { #expect(try !text.contains(secret.prefix(20))) }
    }

    @Test func anotherMasterKeyIsRefused() throws {
        // Also before anybody has a key.
        _ = try open(try SampleKeys.master())
        #expect(refusal(try SampleKeys.master(SampleKeys.otherText)).contains("another key"))
        _ = try open(try SampleKeys.master())?.key(of: AccountID(stored: "eva"))
        let before = try text
        #expect(refusal(try SampleKeys.master(SampleKeys.otherText)).contains("UPLOAD_KEY_FILE"))
        #expect(try text == before)
    }

    @Test func noStartWithoutTheKeyThatIsNeeded() throws {
        #expect(try open(nil) == nil)
        #expect(refusal(nil, encrypted: "uploads/a.png").contains("uploads/a.png is encrypted, but UPLOAD_KEY_FILE"))
        #expect(refusal(try SampleKeys.master(), encrypted: "uploads/a.png").contains("image_keys.json is gone"))
        #expect(try folder.names().isEmpty)
        _ = try open(try SampleKeys.master())
        #expect(refusal(nil).contains("image_keys.json is there, but UPLOAD_KEY_FILE is not set"))
    }

    @Test func aKeyFileThatSomebodyChangedIsRefused() throws {
        let keys = try #require(try open(try SampleKeys.master()))
        for person in ["eva", "zoe"] { _ = try keys.key(of: AccountID(stored: person)) }
        let whole = try text
        let entries = try ImageKeyFile(Array(whole.utf8)).entries
        var swapped = try ImageKeyFile(Array(whole.utf8))
        swapped.entries = [
            ImageKeyFile.Entry(id: entries[0].id, person: entries[0].person, wrapped: entries[1].wrapped), entries[1],
        ]
        for changed in [
            whole.replacing(#""eva""#, with: #""eve""#), String(decoding: swapped.bytes, as: UTF8.self),
            String(whole.dropLast(20)), "", "[]", "{}", whole.replacing(#""version": 1"#, with: #""version": 2"#),
            whole.replacing(#""check": ""#, with: #""check": "!"#), whole.replacing(#""keys""#, with: #""kyes""#),
            whole.replacing(#""id": ""#, with: #""id": "AAAA"#),
        ] {
            #expect(changed != whole)
            try folder.write(changed, to: ImageKeyFile.name)
            #expect(refusal(try SampleKeys.master()).contains("Restore it from a backup"), "\(changed)")
        }
    }

    @Test func theFileReadsBackAsItWasWritten() throws {
        let file = ImageKeyFile(
            check: [1, 2], entries: [.init(id: .random(count: 16), person: "ev\"a\u{301}", wrapped: [3])])
        #expect(try ImageKeyFile(file.bytes) == file)
    }

    // MARK: The master key's file

    @Test func theFormsOfAKeyFile() throws {
        for text in [
            SampleKeys.text, SampleKeys.text + "\n", SampleKeys.text + "\r\n", "\u{FEFF} \(SampleKeys.text)\n",
        ] {
            try folder.write(text, to: "key")
            #expect(chmod(folder.path + "/key", 0o600) == 0)
            let key = try MasterKey.load(folder.path + "/key")
            #expect(key.made(try SampleKeys.master().makeCheck()))
        }
    }

    @Test func everyOtherFormIsRefused() throws {
        let bytes = (0..<64).map { UInt8($0) }
        let hexadecimal = bytes.prefix(32).map { String(format: "%02x", $0) }.joined()
        let text = SampleKeys.text
        var contents: [[UInt8]] = [0, 16, 31, 33, 64].map {
            Array(Data(bytes.prefix($0)).base64EncodedString().utf8)
        }
        contents += ["\n", hexadecimal, "password", text + "\n" + text, String(text.dropLast()), text + " # mine"]
            .map { Array($0.utf8) }
        contents.append(Array(bytes.prefix(32)))
        contents.append([UInt8](repeating: 65, count: 5000))
        contents.append([0xFF, 0xFE] + Array(text.utf8))
        for content in contents {
            try folder.write(content, to: "key")
            #expect(chmod(folder.path + "/key", 0o600) == 0)
            let error = #expect(throws: SettingError.self) { try MasterKey.load(folder.path + "/key") }
            #expect(error?.description.contains("32 bytes in base64") == true, "\(content)")
            #expect(error?.description.contains("password") == false)
        }
    }

    @Test func aKeyFileMustBeThereAndItsOwnersAlone() throws {
        let path = folder.path + "/key"
        func reason() -> String { #expect(throws: SettingError.self) { try MasterKey.load(path) }?.description ?? "" }
        #expect(reason().contains("No such file"))
        #expect(symlink(folder.path + "/nowhere", path) == 0)
        #expect(reason().contains("it leads to"))
        #expect(unlink(path) == 0)
        #expect(mkdir(path, 0o700) == 0)
        #expect(reason().contains("32 bytes"))
        #expect(rmdir(path) == 0)
        try folder.write(SampleKeys.text, to: "key")
        for mode: mode_t in [0o644, 0o604, 0o602] {
            #expect(chmod(path, mode) == 0)
            #expect(reason().contains("chmod 600 \(path)"))
        }
        #expect(chmod(path, 0o400) == 0)
        _ = try MasterKey.load(path)
    }
}
