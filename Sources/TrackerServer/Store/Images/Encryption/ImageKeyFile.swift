import Files
import Foundation
import JSON

/// The image keys as they lie in the data folder, each wrapped with the master key.
///
/// A file of its own beside the store's, not a `DataFile`: a key has to be on disk before the first image under it and
/// needs no place in the order of other changes; no journal is to keep a key that was destroyed; and another master key
/// needs one replacement of one file, which a kill leaves as it was or as it is to be.
struct ImageKeyFile: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        let id: [UInt8]
        let person: String
        let wrapped: [UInt8]
    }

    static let name = "image_keys.json"
    /// Bytes.
    private static let limit = 64 << 20
    private static let version = 1

    /// Which master key it was.
    var check: [UInt8]
    /// In the order in which they were made.
    var entries: [Entry]

    static func path(in folder: String) -> String { folder + "/" + name }

    /// Nil when there is none. Blocks.
    /// - Throws: `FileError`, or ``Unusable``.
    static func read(in folder: String) throws -> ImageKeyFile? {
        let path = path(in: folder)
        guard let bytes = try OpenFile.contents(of: path, limit: limit) else { return nil }
        do {
            return try ImageKeyFile(bytes)
        } catch {
            throw Unusable(path: path, reason: "\(error)")
        }
    }

    /// It can't be used as it is.
    struct Unusable: Error, Sendable, CustomStringConvertible {
        let path: String
        let reason: String

        var description: String {
            "\(path) is damaged: \(reason) Restore it from a backup: without it nobody can read the images."
        }
    }

    init(check: [UInt8], entries: [Entry] = []) {
        self.check = check
        self.entries = entries
    }

    init(_ bytes: [UInt8]) throws {
        let fields = try JSONFields(try JSONReader.value(of: bytes))
        guard try fields.integer("version") == Self.version else {
            throw JSONFieldError(field: "version", expected: "\(Self.version)")
        }
        check = try fields.base64("check")
        guard let list = fields["keys"]?.array else { throw JSONFieldError(field: "keys", expected: "a list") }
        entries = try list.map { value in
            let fields = try JSONFields(value)
            let id = try fields.base64("id")
            guard id.count == ImageKey.idLength else {
                throw JSONFieldError(field: "id", expected: "\(ImageKey.idLength) bytes in base64")
            }
            return Entry(id: id, person: try fields.text("person"), wrapped: try fields.base64("key"))
        }
    }

    var bytes: [UInt8] {
        let keys = entries.map { entry in
            JSONValue.object([
                "id": .string(entry.id.base64), "person": .string(entry.person), "key": .string(entry.wrapped.base64),
            ])
        }
        return JSONWriter.bytes(
            of: .object([
                "version": .number(Self.version), "check": .string(check.base64), "keys": .array(keys),
            ]), .pretty)
    }

    /// Returns when it has reached the disk, in place of the old one. Blocks.
    func write(in folder: String) throws(FileError) {
        try WholeFile.write(bytes.span, to: Self.path(in: folder), mode: StoreLayout.mode)
    }
}

extension [UInt8] {
    fileprivate var base64: String { Data(self).base64EncodedString() }
}

extension JSONFields {
    fileprivate func base64(_ name: String) throws(JSONFieldError) -> [UInt8] {
        guard let bytes = Data(base64Encoded: try text(name)) else {
            throw JSONFieldError(field: name, expected: "base64")
        }
        return Array(bytes)
    }
}
