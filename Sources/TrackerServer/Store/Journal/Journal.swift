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
        /// Bytes of these records.
        var length = 0
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
        let end = (bytes.lastIndex { $0 != 0 } ?? -1) + 1
        while contents.length < end {
            let offset = contents.length
            func damage(_ reason: String) -> DamagedJournalError {
                DamagedJournalError(path: path, offset: offset, record: next, reason: reason)
            }
            guard let line = Line(bytes, at: offset) else {
                if let later = laterGroup(in: bytes, from: offset, than: next) {
                    throw damage("record \(next) is damaged, but record \(later) is whole")
                }
                contents.tornBytes = end - offset
                break
            }
            guard line.number == next else { throw damage("record \(next) is missing") }
            do throws(JSONFieldError) {
                let value = try line.value
                contents.records.append(
                    Record(number: line.number, group: line.group, content: try Content(json: value)))
            } catch {
                throw damage("record \(next): \(error)")
            }
            next += 1
            contents.length = line.end
        }
        return contents
    }

    /// The number of a record behind a damaged one that belongs to a later group. Where there is none, the damaged one is
    /// what a crash leaves.
    private static func laterGroup(in bytes: [UInt8], from start: Int, than damaged: UInt64) -> UInt64? {
        for offset in start..<bytes.count {
            if let line = Line(bytes, at: offset), line.group > damaged { return line.number }
        }
        return nil
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
        /// All entries of the audit, in order, whether its file has them or not.
        private(set) var audited: [AuditRecord] = []
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
            // The file before, the bytes of its records, and the number that follows them.
            var last: (path: String, length: Int, next: UInt64)?
            for (index, file) in files.enumerated() {
                if let last, last.next < file.first {
                    throw DamagedJournalError(
                        path: last.path, offset: last.length, record: last.next,
                        reason: "record \(last.next) is missing, while \(file.path) begins with record \(file.first)",
                        isAtEnd: true
                    ).followed(by: files[index...])
                }
                let contents: Contents
                do throws(DamagedJournalError) {
                    contents = try Journal.read(file.bytes, first: file.first, path: file.path)
                } catch {
                    throw error.followed(by: files[(index + 1)...])
                }
                records.removeAll { $0.number >= file.first }
                records += contents.records
                tornBytes = contents.tornBytes
                last = (file.path, contents.length, (contents.records.last?.number).map { $0 + 1 } ?? file.first)
            }
            self.records = records.count
            lastNumber = records.last?.number ?? (files.last?.first ?? 1) - 1
            var written: [DataFile: UInt64] = [:]
            for case .written(let numbers) in records.map(\.content) { written.merge(numbers) { max($0, $1) } }
            // A change to several files is carried out in all of them when one lacks it; so must be what followed there.
            var behind: Set<DataFile> = []
            for record in records {
                guard case .changes(let changes) = record.content else { continue }
                audited += changes.compactMap { if case .audited(let record) = $0 { record } else { nil } }
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
    /// The number of the first record that can't be had.
    let record: UInt64
    let reason: String
    /// True when the file has lost its end: the records that it still holds are sound.
    var isAtEnd = false
    /// Later files that are of no use without that record.
    private(set) var followers: [String] = []

    fileprivate func followed(by files: ArraySlice<Journal.File>) -> DamagedJournalError {
        // One that begins no later takes the place of everything from the damage on.
        guard let next = files.first, next.first > record else { return self }
        var error = self
        error.followers = files.map(\.path)
        return error
    }

    /// What is wrong, for a sentence about the file.
    var damage: String { "\(isAtEnd ? "ends too early," : "is damaged") at byte \(offset): \(reason)" }

    /// What can be done, in sentences.
    var remedy: String {
        var steps: [String] = []
        if !isAtEnd { steps.append("cut it there (truncate -s \(offset) \(path))") }
        if !followers.isEmpty { steps.append("move away \(followers.joined(separator: " and "))") }
        let lost = isAtEnd ? "what the files after it hold" : "what it holds from there on"
        let others = isAtEnd || followers.isEmpty ? "" : " and what the files after it hold"
        return "Restore the file from a copy; to give up \(lost)\(others), \(steps.joined(separator: " and "))."
    }

    var description: String { "\(path) \(damage). \(remedy)" }
}
