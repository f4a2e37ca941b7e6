import Files
import Foundation
import JSON

/// How a file of the audit ends: all that a start needs to go on with it, however long it is.
struct AuditTail: Sendable, Hashable {
    let chain: AuditChain
    /// Bytes of whole lines.
    let length: Int
    /// Bytes behind them: a line that was being written when the server or the machine stopped.
    let torn: Int
    /// Lines at the end that are none of the audit's: somebody else has written them.
    let strangers: Int

    /// Bytes that are read at first, and at most.
    private static let window = 16 * 1024
    static let limit = 16 << 20

    /// Reads backwards until a line of the audit is found. Blocks.
    init(_ file: OpenFile) throws(FileError) {
        let size = try file.size()
        var count = min(Self.window, size)
        while true {
            let bytes = try file.read(count: count, from: size - count)
            if let found = Found(bytes, isWhole: count == size) {
                chain = found.chain
                length = size - bytes.count + found.length
                torn = size - length
                strangers = found.strangers
                return
            }
            guard count < Self.limit else {
                throw FileError(
                    attempt: "go on with \(file.path)", code: EINVAL,
                    detail: "no line of the audit is in its last \(Self.limit >> 20) MiB; restore it, or move it away")
            }
            count = min(count * 2, size)
        }
    }

    /// What the end of a file shows. Pure.
    private struct Found {
        let chain: AuditChain
        /// Bytes up to the end of the last whole line.
        let length: Int
        let strangers: Int

        /// Nil when more of the file is needed.
        init?(_ bytes: [UInt8], isWhole: Bool) {
            let lineBreak = UInt8(ascii: "\n")
            guard var end = bytes.lastIndex(of: lineBreak) else {
                guard isWhole else { return nil }
                (chain, length, strangers) = (AuditChain(), 0, 0)
                return
            }
            length = end + 1
            var last: ArraySlice<UInt8>?
            var strangers = 0
            while true {
                let before = bytes[..<end].lastIndex(of: lineBreak)
                guard before != nil || isWhole else { return nil }
                let line = bytes[(before.map { $0 + 1 } ?? 0)..<end]
                last = last ?? line
                let number = Self.number(of: line)
                if number == nil { strangers += 1 }
                if let before, number == nil {
                    end = before
                    continue
                }
                chain = AuditChain(after: last ?? line, number: (number ?? 0) + strangers)
                self.strangers = strangers
                return
            }
        }

        /// The number in a line; nil where it is no line of the audit.
        private static func number(of line: ArraySlice<UInt8>) -> Int? {
            do {
                return try JSONFields(try JSONReader.value(of: Array(line))).integer("n")
            } catch {
                return nil
            }
        }
    }
}
