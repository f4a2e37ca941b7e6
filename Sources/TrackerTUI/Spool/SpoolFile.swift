import Files
import FoundationEssentials
import Glibc
import JSON
import Shared

/// The form of an item on disk: one line of JSON that says what it is, a newline, and the PNG. One file, so that
/// there is no half of an item.
///
///     {"id":"4F1A…","capturedAt":"2026-03-02T08:05:00.512Z","account":"…","server":"…","imageBytes":165998,"at":{…}}
///     {"id":"7C02…","account":"…","server":"…","at":{…},"until":{…},"idleSeconds":180}
///
/// The second is work, behind which there is nothing. `at` and `until` are a ``WorkInstant``; earlier versions had
/// `capturedAt` alone, the wall clock's time. Where the server has handed out a key, line and PNG are encrypted, see ``ItemSeal``.
///
/// The name is the sequence number in twelve digits, `-`, the id and `.capture` or `.work`, so that sorted names are in order.
struct SpoolFile: Equatable, Sendable {
    /// More than the longest first line: an account has at most 254 characters.
    private static let longestHeader = 16 * 1024
    /// What twelve digits can say; a name with a larger number is not the spool's.
    static let largestSequence = 999_999_999_999

    let item: SpoolItem
    /// Bytes before the PNG.
    let headerSize: Int
    /// Nil where the file is not encrypted.
    let seal: ItemSeal?

    var name: String { Self.name(of: item) }
    /// Bytes.
    var size: Int { headerSize + sizeOfImage }
    /// Bytes of the image in the file.
    var sizeOfImage: Int { item.imageSize + (seal != nil && item.isCapture ? ItemSeal.tagSize : 0) }

    /// - Parameter key: nil: the file is not to be encrypted.
    /// - Throws: ``SpoolError/notSealed(_:)``.
    static func bytes(
        of item: SpoolItem, image: [UInt8], sealedUnder key: QueueKey?
    ) throws(SpoolError) -> (SpoolFile, [UInt8]) {
        let line = description(of: item)
        guard let key else { return (SpoolFile(item: item, headerSize: line.count, seal: nil), line + image) }
        let (seal, name) = (ItemSeal(key: key, description: line.count), name(of: item))
        do {
            var bytes = seal.head + (try seal.sealed(line, .description, of: name, under: key))
            if item.isCapture { bytes += try seal.sealed(image, .image, of: name, under: key) }
            return (SpoolFile(item: item, headerSize: seal.imageOffset, seal: seal), bytes)
        } catch {
            throw .notSealed("\(error)")
        }
    }

    /// The image of the bytes behind the header; nil when they are not as they were written.
    ///
    /// - Parameter key: the one that ``ItemSeal/keyID`` names.
    func image(in bytes: ArraySlice<UInt8>, key: QueueKey?) -> [UInt8]? {
        guard bytes.count == sizeOfImage else { return nil }
        guard let seal else { return Array(bytes) }
        return key.flatMap { seal.opened(bytes, .image, of: name, under: $0) }
    }

    private static func description(of item: SpoolItem) -> [UInt8] {
        let members: [(JSONString, JSONValue)] = [
            ("id", .string(item.id.uuidString)), ("account", .string(item.account.spelling)),
            ("server", .string(item.server)), ("at", item.at.json),
        ]
        var header = JSONObject(members)
        switch item.content {
        case .capture(let size):
            header["capturedAt"] = .string((item.at.told ?? item.at.wall).iso8601)
            header["imageBytes"] = .number(size)
        case .work(let end, let idle):
            header["until"] = end.json
            header["idleSeconds"] = .number(idle)
        }
        return JSONWriter.bytes(of: .object(header), .compact) + [UInt8(ascii: "\n")]
    }

    enum Content {
        case item(SpoolFile)
        /// Encrypted under a key that is not here.
        case locked(QueueKey.ID)
        /// Not an item, and why, for a sentence.
        case damaged(reason: String)
    }

    /// Reads the first line of a file and checks that the file is as long as it says.
    ///
    /// - Parameter name: the name that it was written with.
    static func read(_ path: String, name: String, keys: KeptKeys) throws(FileError) -> Content {
        let start: [UInt8]
        let size: Int
        do throws(FileError) {
            let file = try OpenFile(path, O_RDONLY)
            start = try file.read(count: longestHeader, from: 0)
            size = try file.size()
        } catch {
            // This file's own trouble shall not keep the others from being delivered.
            guard [EACCES, EPERM, EIO].contains(error.code) else { throw error }
            return .damaged(reason: error.reason)
        }
        do throws(Damage) {
            guard let (sequence, id) = parts(ofName: name) else {
                throw Damage(reason: "its name is not that of a capture")
            }
            let file: SpoolFile
            if let seal = ItemSeal(fileStart: start) {
                guard let key = keys[seal.keyID] else { return .locked(seal.keyID) }
                file = try SpoolFile(name: name, sequence, id, seal, start, key)
            } else {
                file = try SpoolFile(name: name, sequence, id, start)
            }
            guard size == file.size else {
                throw Damage(reason: "it has \(size) bytes instead of \(file.size)")
            }
            return .item(file)
        } catch {
            return .damaged(reason: error.reason)
        }
    }

    /// What a file is encrypted under; nil also for what cannot be read.
    static func keyID(of path: String) throws(FileError) -> QueueKey.ID? {
        do throws(FileError) {
            let start = try OpenFile(path, O_RDONLY).read(count: ItemSeal.headSize, from: 0)
            return ItemSeal(fileStart: start)?.keyID
        } catch {
            guard [EACCES, EPERM, EIO, ENOENT].contains(error.code) else { throw error }
            return nil
        }
    }

    private init(item: SpoolItem, headerSize: Int, seal: ItemSeal?) {
        self.item = item
        self.headerSize = headerSize
        self.seal = seal
    }

    private init(name: String, _ sequence: Int, _ id: UUID, _ start: [UInt8]) throws(Damage) {
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")) else {
            throw Damage(reason: "its first line is missing")
        }
        let item = try Self.item(name: name, sequence, id, line: Array(start[..<end]))
        self.init(item: item, headerSize: end + 1, seal: nil)
    }

    private init(
        name: String, _ sequence: Int, _ id: UUID, _ seal: ItemSeal, _ start: [UInt8], _ key: QueueKey
    ) throws(Damage) {
        guard seal.imageOffset <= start.count,
            let line = seal.opened(start[ItemSeal.headSize..<seal.imageOffset], .description, of: name, under: key)
        else { throw Damage(reason: "it is not as it was encrypted") }
        let item = try Self.item(name: name, sequence, id, line: line)
        guard item.owner == key.owner else { throw Damage(reason: "its key does not belong to its content") }
        self.init(item: item, headerSize: seal.imageOffset, seal: seal)
    }

    private static func item(name: String, _ sequence: Int, _ id: UUID, line: [UInt8]) throws(Damage) -> SpoolItem {
        let header = try Self.header(line)
        guard header.id == id.uuidString else { throw Damage(reason: "its name does not belong to its content") }
        let item = SpoolItem(
            id: id, sequence: sequence, at: header.at, account: AccountID(stored: header.account),
            // Earlier versions kept the address as it was typed.
            server: BackendURL(header.server)?.text ?? header.server, content: header.content)
        guard Self.name(of: item) == name else { throw Damage(reason: "its name does not belong to its content") }
        return item
    }
}

extension SpoolFile {
    private struct Damage: Error {
        let reason: String
    }

    private struct Header {
        let id: String
        let account: String
        let server: String
        let at: WorkInstant
        let content: SpoolItem.Content

        init(_ json: JSONValue) throws(JSONFieldError) {
            let fields = try JSONFields(json)
            id = try fields.text("id")
            account = try fields.text("account")
            server = try fields.text("server")
            at =
                if let value = fields["at"] { try WorkInstant(json: value) } else {
                    WorkInstant(wall: try fields.timestamp("capturedAt"))
                }
            guard let until = fields["until"] else {
                let imageSize = try fields.integer("imageBytes")
                guard (0...Spool.defaultLimit).contains(imageSize) else {
                    throw JSONFieldError(field: "imageBytes", expected: "a number from 0 to \(Spool.defaultLimit)")
                }
                content = .capture(imageSize: imageSize)
                return
            }
            let idle = try fields.integer("idleSeconds")
            guard (0...Int(WorkSpan.longest / 1000)).contains(idle) else {
                throw JSONFieldError(field: "idleSeconds", expected: "the seconds of a day at most")
            }
            content = .work(end: try WorkInstant(json: until), idleSeconds: idle)
        }
    }

    private static func header(_ line: [UInt8]) throws(Damage) -> Header {
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONReader.value(of: line)
        } catch {
            throw Damage(reason: "its first line is not JSON: \(error)")
        }
        do throws(JSONFieldError) {
            return try Header(json)
        } catch {
            throw Damage(reason: "in its first line \(error.field ?? "the whole") is not \(error.expected)")
        }
    }

    private static let suffixes = [".capture", ".work"]

    static func name(of item: SpoolItem) -> String {
        name(sequence: item.sequence, id: item.id, suffixes[item.isCapture ? 0 : 1])
    }

    static func isWork(_ path: String) -> Bool { path.hasSuffix(suffixes[1]) }

    private static func name(sequence: Int, id: UUID, _ suffix: String) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + "\(digits)-\(id.uuidString)\(suffix)"
    }

    /// Nil for every other name.
    static func parts(ofName name: String) -> (sequence: Int, id: UUID)? {
        guard let suffix = suffixes.first(where: { name.hasSuffix($0) }), let dash = name.firstIndex(of: "-"),
            let sequence = Int(name[..<dash]), (0...largestSequence).contains(sequence),
            let id = UUID(uuidString: String(name[name.index(after: dash)...].dropLast(suffix.count))),
            Self.name(sequence: sequence, id: id, suffix) == name
        else { return nil }
        return (sequence, id)
    }
}
