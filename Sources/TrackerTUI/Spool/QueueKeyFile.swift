import Files
import FoundationEssentials
import Glibc
import JSON
import Shared

/// The file of a key, for this user alone: `<directory>/keys/<id>`.
///
///     {"account":"…","server":"…","number":1,"key":"<32 bytes in base64>"}
///
/// What is not as it was written counts as missing; what is sealed under it stays, and can be read again once its owner has
/// logged in again.
enum QueueKeyFile {
    private static let longest = 4096

    /// - Parameter folder: exists.
    static func write(_ key: QueueKey, in folder: String) throws(FileError) {
        let json = JSONValue.object([
            "account": .string(key.owner.account.spelling), "server": .string(key.owner.server),
            "number": .number(key.number), "key": .string(Data(key.bytes).base64EncodedString()),
        ])
        try WholeFile.write(JSONWriter.bytes(of: json, .compact).span, to: path(of: key.id, in: folder), mode: 0o600)
    }

    /// The keys of a folder that may be missing.
    static func all(in folder: String) throws(FileError) -> KeptKeys {
        var keys = KeptKeys()
        guard try Folder.exists(folder) else { return keys }
        for file in try Folder.files(in: folder) {
            guard let key = try read("\(folder)/\(file.name)"), key.id.text == file.name else { continue }
            keys.add(key)
            keys.keptOnDisk(key.id)
        }
        return keys
    }

    /// Writes over the bytes before the name goes, so that they are not among what the disk has free. That is as much as can be
    /// done from here: what the file system or the disk itself has copied elsewhere is out of reach.
    static func remove(_ id: QueueKey.ID, in folder: String) throws(FileError) {
        let path = path(of: id, in: folder)
        do throws(FileError) {
            let file = try OpenFile(path, O_WRONLY)
            try file.write([UInt8](repeating: 0, count: min(try file.size(), longest)).span)
            try file.flush()
        } catch {
            guard error.code == ENOENT else { throw error }
        }
        try Folder.removeFile(path)
        try WholeFile.flushFolder(folder)
    }

    private static func path(of id: QueueKey.ID, in folder: String) -> String { "\(folder)/\(id.text)" }

    private static func read(_ path: String) throws(FileError) -> QueueKey? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try OpenFile.contents(of: path, limit: longest) ?? []
        } catch {
            guard [EFBIG, EINVAL, EACCES, EPERM, EIO].contains(error.code) else { throw error }
            return nil
        }
        do {
            let json = try JSONReader.value(of: bytes)
            let fields = try JSONFields(json)
            let number = try fields.integer("number")
            guard (1...KeptKeys.largestNumber).contains(number) else { return nil }
            let owner = SpoolOwner(
                account: AccountID(stored: try fields.text("account")), server: try fields.text("server"))
            return QueueKey(try QueueKeyResponse(json: json).key, of: owner, number: number)
        } catch {
            return nil
        }
    }
}
