import Files
import JSON
import Shared

/// The form of the journal: one line a record, `<checksum> <number> <group> <content>`, then zero bytes.
///
/// Numbers rise by one. The checksum is CRC-32C (RFC 3720, appendix B.4) in hexadecimal over what follows it. All records
/// of a group were written together and flushed before the next group was begun: so a damaged record was flushed, and
/// acknowledged, exactly if a later group is there.
enum Journal {
    struct Record: Sendable, Hashable {
        let number: UInt64
        /// The number of the first record of its group.
        let group: UInt64
        let content: Content
    }

    enum Content: Sendable, Hashable {
        /// One transaction.
        case changes([Change])
        /// The files hold at least everything up to these records.
        case written([DataFile: UInt64])
    }

    /// What stands in a file of the journal.
    struct Contents: Sendable, Hashable {
        var records: [Record] = []
        /// Bytes of a record, or of several of one group, that were being written when the server or the machine stopped.
        /// Nobody was told that they were stored.
        var tornBytes = 0
    }

    /// The name of the file whose first record is `number`.
    static func fileName(from number: UInt64) -> String { filePrefix + String(number) }

    /// Nil for names of other files.
    static func firstNumber(ofFileNamed name: String) -> UInt64? {
        guard name.hasPrefix(filePrefix), let number = UInt64(name.dropFirst(filePrefix.count)), number > 0 else {
            return nil
        }
        return fileName(from: number) == name ? number : nil
    }

    private static let filePrefix = "journal-"

    /// Appends the line of a record.
    static func append(_ record: Record, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: "00000000 \(record.number) \(record.group) ".utf8)
        var writer = JSONWriter(.compact)
        record.content.write(to: &writer)
        bytes.append(contentsOf: writer.bytes)
        let checksum = CRC32C.checksum(of: bytes.span.extracting((start + 9)...))
        for (index, digit) in CRC32C.hexadecimal(checksum).enumerated() { bytes[start + index] = digit }
        bytes.append(UInt8(ascii: "\n"))
    }

    /// Reads a file of the journal.
    ///
    /// - Parameters:
    ///   - first: the number of its first record.
    ///   - path: for the error.
    /// - Throws: ``DamagedJournalError`` when a record is damaged or missing that was acknowledged, or may have been.
    static func read(_ bytes: [UInt8], first: UInt64, path: String) throws(DamagedJournalError) -> Contents {
        var contents = Contents()
        var next = first
        var offset = 0
        let end = (bytes.lastIndex { $0 != 0 } ?? -1) + 1
        while offset < end {
            guard let line = Line(bytes, at: offset) else {
                try checkIsTorn(bytes, from: offset, expected: next, path: path)
                contents.tornBytes = end - offset
                break
            }
            guard line.number == next else {
                throw DamagedJournalError(path: path, offset: offset, reason: "record \(next) is missing")
            }
            do throws(JSONFieldError) {
                let value = try line.value
                contents.records.append(
                    Record(number: line.number, group: line.group, content: try Content(json: value)))
            } catch {
                throw DamagedJournalError(path: path, offset: offset, reason: "record \(next): \(error)")
            }
            next += 1
            offset = line.end
        }
        return contents
    }

    /// A damaged record is what a crash leaves, if no later group was begun.
    private static func checkIsTorn(
        _ bytes: [UInt8], from start: Int, expected: UInt64, path: String
    ) throws(DamagedJournalError) {
        for offset in start..<bytes.count {
            guard let line = Line(bytes, at: offset), line.group > expected else { continue }
            throw DamagedJournalError(
                path: path, offset: start, reason: "record \(expected) is damaged, but record \(line.number) is whole")
        }
    }

    /// A line whose checksum is right.
    private struct Line {
        let number: UInt64
        let group: UInt64
        private let content: ArraySlice<UInt8>
        /// Where the next one starts.
        let end: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start + 9 < bytes.count, bytes[start + 8] == UInt8(ascii: " "),
                bytes[start..<(start + 8)].allSatisfy({ CRC32C.isDigit($0) }),
                let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")), newline > start + 9
            else { return nil }
            let checksum = CRC32C.checksum(of: bytes.span.extracting((start + 9)..<newline))
            guard bytes[start..<(start + 8)].elementsEqual(CRC32C.hexadecimal(checksum)) else { return nil }
            let parts = bytes[(start + 9)..<newline].split(separator: UInt8(ascii: " "), maxSplits: 2)
            guard parts.count == 3, let number = UInt64(String(decoding: parts[0], as: UTF8.self)),
                let group = UInt64(String(decoding: parts[1], as: UTF8.self))
            else { return nil }
            self.number = number
            self.group = group
            content = parts[2]
            end = newline + 1
        }

        var value: JSONValue {
            get throws(JSONFieldError) {
                do throws(JSONError) {
                    return try JSONReader.value(of: Array(content))
                } catch {
                    throw JSONFieldError(field: nil, expected: "valid")
                }
            }
        }
    }
}

extension Journal {
    /// A file of the journal with its content.
    struct File: Sendable {
        let path: String
        /// The number of its first record.
        let first: UInt64
        let bytes: [UInt8]
    }

    /// What a start does with the journal.
    struct Replay: Sendable {
        /// The changes that some file may lack, in order, with these files.
        private(set) var changes: [(change: Change, files: Set<DataFile>)] = []
        /// The number of the last record; 0 when there is none.
        private(set) var lastNumber: UInt64 = 0
        private(set) var records = 0
        private(set) var tornBytes = 0
        let paths: [String]

        /// - Parameter files: in the order of their first records. A file that begins with a number that an earlier one
        ///   has too takes its place from there on: it was begun because the earlier one could not be flushed.
        init(_ files: [File]) throws(DamagedJournalError) {
            paths = files.map(\.path)
            var records: [Record] = []
            for file in files {
                let contents = try Journal.read(file.bytes, first: file.first, path: file.path)
                records.removeAll { $0.number >= file.first }
                if let last = records.last, last.number + 1 < file.first {
                    throw DamagedJournalError(
                        path: file.path, offset: 0,
                        reason: "record \(last.number + 1) is missing, which the file before it should end with")
                }
                records += contents.records
                tornBytes = contents.tornBytes
            }
            self.records = records.count
            lastNumber = records.last?.number ?? (files.last?.first ?? 1) - 1
            var written: [DataFile: UInt64] = [:]
            for case .written(let numbers) in records.map(\.content) { written.merge(numbers) { max($0, $1) } }
            // A change to several files is carried out in all of them when one lacks it; so must be what followed there.
            var behind: Set<DataFile> = []
            for record in records {
                guard case .changes(let changes) = record.content else { continue }
                for change in changes
                where change.files.contains(where: { behind.contains($0) || written[$0, default: 0] < record.number }) {
                    behind.formUnion(change.files)
                    self.changes.append((change, Set(change.files)))
                }
            }
        }
    }
}

/// A journal that can't be replayed without losing something that was acknowledged.
struct DamagedJournalError: Error, Sendable, CustomStringConvertible {
    let path: String
    /// Bytes from the start of the file.
    let offset: Int
    let reason: String

    var description: String {
        "\(path): damaged at byte \(offset): \(reason). Restore the file from a copy; to give up what it holds from there "
            + "on, cut it there (truncate -s \(offset) \(path))."
    }
}

/// CRC-32C: the reflected polynomial 0x82F63B78.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
    }

    static func checksum(of bytes: Span<UInt8>) -> UInt32 {
        let table = table
        var crc = ~UInt32(0)
        for index in bytes.indices { crc = crc >> 8 ^ table[Int(UInt8(truncatingIfNeeded: crc) ^ bytes[index])] }
        return ~crc
    }

    /// Eight lower-case digits.
    static func hexadecimal(_ checksum: UInt32) -> some Sequence<UInt8> {
        (0..<8).lazy.map { index in
            let digit = UInt8(checksum >> UInt32(28 - 4 * index) & 15)
            return digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
