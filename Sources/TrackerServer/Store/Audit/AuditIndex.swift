import Foundation
import Shared

/// Where in the audit's file which times stand: blocks of about a megabyte, from its beginning on. Pure.
///
/// A clock may be set back, so that times do not only rise: whoever looks for some passes by no block that may have them.
struct AuditIndex: Sendable, Hashable {
    struct Block: Sendable, Hashable {
        /// Bytes of the file; it begins where the one before ends.
        let range: Range<Int>
        /// The earliest and the latest time in it; nil where no line has one.
        let times: ClosedRange<Timestamp>?

        func mayHave(_ wanted: Range<Timestamp>) -> Bool {
            times.map { $0.lowerBound < wanted.upperBound && $0.upperBound >= wanted.lowerBound } ?? false
        }
    }

    private(set) var blocks: [Block] = []

    /// A block is so many bytes and the rest of its last line.
    static let blockSize = 1 << 20

    /// Bytes that are known.
    var end: Int { blocks.last?.range.upperBound ?? 0 }

    /// Takes the next block.
    /// - Parameter bytes: of the file, from ``end`` on.
    /// - Returns: false when they are no whole block yet.
    mutating func take(_ bytes: [UInt8]) -> Bool {
        guard bytes.count >= Self.blockSize,
            let lineBreak = bytes[(Self.blockSize - 1)...].firstIndex(of: UInt8(ascii: "\n"))
        else { return false }
        var earliest: Timestamp?
        var latest: Timestamp?
        for line in bytes[..<lineBreak].split(separator: UInt8(ascii: "\n")) {
            guard let time = AuditLine.time(of: line) else { continue }
            earliest = min(earliest ?? time, time)
            latest = max(latest ?? time, time)
        }
        var times: ClosedRange<Timestamp>?
        if let earliest, let latest { times = earliest...latest }
        blocks.append(Block(range: end..<(end + lineBreak + 1), times: times))
        return true
    }
}

// On disk, a line a block: `<end> <earliest> <latest>`, times in milliseconds, `-` where there is none. The first line is what the
// audit's own first line hashes to: an index of another file is none.
extension AuditIndex {
    /// - Parameter head: see above.
    init(_ text: String, head: String, size: Int) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        guard lines.first.map(String.init) == head else { return }
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ")
            guard parts.count == 3, let end = Int(parts[0]), end > self.end, end <= size else { return }
            var times: ClosedRange<Timestamp>?
            if parts[1] != "-" {
                guard let earliest = Int64(parts[1]), let latest = Int64(parts[2]), earliest <= latest else { return }
                times = Timestamp(milliseconds: earliest)...Timestamp(milliseconds: latest)
            }
            blocks.append(Block(range: self.end..<end, times: times))
        }
    }

    static func line(of block: Block) -> String {
        let times = block.times.map { "\($0.lowerBound.milliseconds) \($0.upperBound.milliseconds)" } ?? "- -"
        return "\(block.range.upperBound) \(times)\n"
    }
}

extension AuditIndex {
    /// How long the file was at least when the index of these bytes was written; nil where they are none.
    static func lastEnd(_ bytes: [UInt8]) -> Int? {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().last
            .flatMap { $0.split(separator: " ").first }.flatMap { Int($0) }
    }
}
