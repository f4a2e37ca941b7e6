import Files
import FoundationEssentials
import Glibc
import JSON
import Shared

/// The form of an item on disk: one line of JSON that says what it is, a newline, and the PNG. One file, so that
/// there is no half of an item.
///
///     {"id":"4F1A…","capturedAt":"2026-03-02T08:05:00.512Z","account":"…","server":"…","imageBytes":165998}
///
/// The name is the sequence number in twelve digits, `-`, the id and `.capture`, so that sorted names are in order.
struct SpoolFile: Equatable, Sendable {
    /// More than the longest first line: an account has at most 254 characters.
    private static let longestHeader = 16 * 1024

    let item: SpoolItem
    /// Bytes before the PNG.
    let headerSize: Int

    var name: String { Self.name(sequence: item.sequence, id: item.id) }
    /// Bytes.
    var size: Int { headerSize + item.imageSize }

    static func bytes(of item: SpoolItem, image: [UInt8]) -> (SpoolFile, [UInt8]) {
        let header = JSONValue.object([
            "id": .string(item.id.uuidString),
            "capturedAt": .string(item.capturedAt.iso8601),
            "account": .string(item.account.spelling),
            "server": .string(item.server),
            "imageBytes": .number(item.imageSize),
        ])
        let line = JSONWriter.bytes(of: header, .compact) + [UInt8(ascii: "\n")]
        return (SpoolFile(item: item, headerSize: line.count), line + image)
    }

    enum Content {
        case item(SpoolFile)
        /// Not an item, and why, for a sentence.
        case damaged(reason: String)
    }

    /// Reads the first line of a file and checks that the file is as long as it says.
    static func read(_ path: String, name: String) throws(FileError) -> Content {
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
            return .item(try SpoolFile(name: name, start: start, size: size))
        } catch {
            return .damaged(reason: error.reason)
        }
    }

    private init(item: SpoolItem, headerSize: Int) {
        self.item = item
        self.headerSize = headerSize
    }

    private init(name: String, start: [UInt8], size: Int) throws(Damage) {
        guard let (sequence, id) = Self.parts(ofName: name) else {
            throw Damage(reason: "its name is not that of a capture")
        }
        guard let end = start.firstIndex(of: UInt8(ascii: "\n")) else {
            throw Damage(reason: "its first line is missing")
        }
        let header = try Self.header(Array(start[..<end]))
        guard header.id == id.uuidString else { throw Damage(reason: "its name does not belong to its content") }
        guard size == end + 1 + header.imageSize else {
            throw Damage(reason: "it has \(size) bytes instead of \(end + 1 + header.imageSize)")
        }
        item = SpoolItem(
            id: id, sequence: sequence, capturedAt: header.capturedAt, account: AccountID(stored: header.account),
            // Earlier versions kept the address as it was typed.
            server: BackendURL(header.server)?.text ?? header.server, imageSize: header.imageSize)
        headerSize = end + 1
    }
}

extension SpoolFile {
    private struct Damage: Error {
        let reason: String
    }

    private struct Header {
        let id: String
        let capturedAt: Timestamp
        let account: String
        let server: String
        let imageSize: Int

        init(_ json: JSONValue) throws(JSONFieldError) {
            let fields = try JSONFields(json)
            id = try fields.text("id")
            capturedAt = try fields.timestamp("capturedAt")
            account = try fields.text("account")
            server = try fields.text("server")
            imageSize = try fields.integer("imageBytes")
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
            let header = try Header(json)
            guard header.imageSize >= 0 else { throw JSONFieldError(field: "imageBytes", expected: "0 or more") }
            return header
        } catch {
            throw Damage(reason: "in its first line \(error.field ?? "the whole") is not \(error.expected)")
        }
    }

    private static let suffix = ".capture"

    static func name(sequence: Int, id: UUID) -> String {
        let digits = String(sequence)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + "\(digits)-\(id.uuidString)\(suffix)"
    }

    /// Nil for every other name.
    static func parts(ofName name: String) -> (sequence: Int, id: UUID)? {
        guard name.hasSuffix(suffix), let dash = name.firstIndex(of: "-"),
            let sequence = Int(name[..<dash]), sequence >= 0,
            let id = UUID(uuidString: String(name[name.index(after: dash)...].dropLast(suffix.count))),
            Self.name(sequence: sequence, id: id) == name
        else { return nil }
        return (sequence, id)
    }
}
