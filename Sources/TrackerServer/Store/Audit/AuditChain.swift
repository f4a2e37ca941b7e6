import Crypto
import JSON
import Shared

/// The end of the audit's chain: each line names the SHA-256 of the line before, without its line break, so that none can be
/// changed, taken out or moved without all that follow being made anew. Pure.
struct AuditChain: Sendable, Hashable {
    /// The number of the last line; 0 where there is none.
    private(set) var last: Int
    /// What the next line names.
    private(set) var hash: String

    /// What the first line names: the place of a hash, with nothing in it.
    static let beginning = String(repeating: "0", count: 64)

    init() {
        last = 0
        hash = Self.beginning
    }

    /// - Parameters:
    ///   - line: the last one, whatever stands in it, without its line break.
    ///   - number: what it counts as.
    init(after line: some Collection<UInt8>, number: Int) {
        last = number
        hash = Self.hash(of: line)
    }

    /// Appends the line of a record with its line break.
    mutating func append(_ record: AuditRecord, to bytes: inout [UInt8]) {
        var writer = JSONWriter(.compact)
        writer.beginObject()
        record.writeMembers(to: &writer)
        writer.key(AuditRecord.Name.previous)
        writer.string(unescaped: { $0.append(contentsOf: hash.utf8) })
        writer.endObject()
        self = AuditChain(after: writer.bytes, number: record.number)
        bytes.append(contentsOf: writer.bytes)
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func hash(of line: some Collection<UInt8>) -> String {
        var hasher = SHA256()
        if line.withContiguousStorageIfAvailable({ hasher.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hasher.update(data: Array(line))
        }
        return hasher.finalize().hexadecimal
    }
}

extension AuditChain {
    /// How a line does not fit behind those before.
    enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        case notALine(String)
        case number(expected: Int, found: Int)
        /// The line before is not what it was when this one was written, or is another.
        case previous
        /// It has no line break.
        case torn

        var description: String {
            switch self {
            case .notALine(let reason): "is no line of the audit: \(reason)"
            case .number(let expected, let found): "has the number \(found) in place of \(expected)"
            case .previous: "does not fit the line before it: one of the two was changed, or lines are missing"
            case .torn: "is torn: it has no line break"
            }
        }
    }

    /// Goes on behind a line if it fits.
    mutating func pass(_ line: ArraySlice<UInt8>) throws(Fault) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONReader.value(of: Array(line))
        } catch {
            throw .notALine("\(error)")
        }
        let number: Int
        let previous: String
        do throws(JSONFieldError) {
            let fields = try JSONFields(value)
            // What it says may be of a later version; that it has a time is enough here.
            _ = try fields.timestamp("at")
            _ = try fields.text("what")
            (number, previous) = (try fields.integer("n"), try fields.text("prev"))
        } catch {
            throw .notALine(error.description)
        }
        guard number == last + 1 else { throw .number(expected: last + 1, found: number) }
        guard previous == hash else { throw .previous }
        self = AuditChain(after: line, number: number)
    }
}
