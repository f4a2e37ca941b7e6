import Files
import Foundation
import Settings
import Shared
import TestSupport

@testable import TrackerServer

/// Master keys for tests, as text that their file holds.
enum SampleKeys {
    static let text = Data((0..<32).map { UInt8($0) }).base64EncodedString()
    static let otherText = Data((0..<32).map { UInt8($0 + 100) }).base64EncodedString()

    static func master(_ text: String = text) throws -> MasterKey {
        guard let key = MasterKey(fileContent: Array(text.utf8)) else { throw ProgramExit(1, "no key") }
        return key
    }
}

extension TestFolders {
    /// Writes a file with a master key, and returns the setting that names it.
    func keySetting(_ text: String = SampleKeys.text, in name: String = "key") throws -> [String: String] {
        try write(text + "\n", to: name)
        return [MasterKey.setting: root + "/" + name]
    }
}

/// A folder with encrypted images, without a server.
struct EncryptedFolder {
    static let eva = AccountID(stored: "Eva")
    static let zoe = AccountID(stored: "zoe")

    let folder: TemporaryFolder
    let keys: ImageKeys

    init() throws {
        folder = try TemporaryFolder(inMemory: true)
        keys = try Self.keys(in: folder)
    }

    static func keys(in folder: TemporaryFolder, _ text: String = SampleKeys.text) throws -> ImageKeys {
        guard
            let keys = try ImageKeys.open(
                in: folder.path, master: try SampleKeys.master(text), encrypted: { () throws(FileError) in nil })
        else { throw ProgramExit(1, "no keys") }
        return keys
    }

    /// Bytes that tell their places.
    static func image(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Writes the image of that length encrypted, and returns the file.
    @discardableResult
    func write(_ count: Int, to name: String = "a.png", of owner: AccountID = eva) throws -> [UInt8] {
        let file = try keys.key(of: owner).encrypted(Self.image(count), named: name)
        try folder.write(file, to: name)
        return file
    }

    func open(_ name: String = "a.png", of owner: AccountID? = eva) throws -> ImageFile {
        guard let file = try ImageFile(name, in: folder.path, of: owner, keys: keys) else {
            throw ProgramExit(1, "no file")
        }
        return file
    }

    /// The whole image; throws where any of it is not as it was written.
    func read(_ name: String = "a.png", of owner: AccountID? = eva) throws -> [UInt8] {
        let file = try open(name, of: owner)
        return try file.read(count: file.size + 1, from: 0)
    }

    /// True when what is there now is found not to be what was written.
    func isNoticed(_ file: [UInt8], as name: String = "a.png", of owner: AccountID = eva) throws -> Bool {
        try folder.write(file, to: name)
        do throws(FileError) {
            guard let image = try ImageFile(name, in: folder.path, of: owner, keys: keys) else { return false }
            _ = try image.read(count: image.size + 1, from: 0)
            return false
        } catch {
            return error.isDamagedImage || error.isLackOfKey
        }
    }
}
