import Crypto
import Foundation
import TestSupport

/// The audit as its file has it, read without the server's own code.
struct AuditTrail {
    private struct Line: Decodable {
        let n: Int
        let what: String
        let prev: String
        let detail: [String: Value]?
    }

    /// A member of a detail.
    private enum Value: Decodable {
        case text(String)
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            self = (try? container.decode(String.self)).map { .text($0) } ?? .other
        }
    }

    private let lines: [Line]
    private var breaks: [String] = []

    init(in folder: TemporaryFolder) throws {
        let bytes = try folder.bytes(of: "data/audit.jsonl")
        var lines: [Line] = []
        var hash = String(repeating: "0", count: 64)
        for text in bytes.split(separator: UInt8(ascii: "\n")) {
            let line = try JSONDecoder().decode(Line.self, from: Data(text))
            if line.n != lines.count + 1 {
                breaks.append("line \(lines.count + 1) of the audit has the number \(line.n)")
            }
            if line.prev != hash { breaks.append("line \(line.n) of the audit does not fit the one before it") }
            hash = SHA256.hash(data: Data(text)).map { String(format: "%02x", $0) }.joined()
            lines.append(line)
        }
        if bytes.last != UInt8(ascii: "\n") { breaks.append("the audit ends in half a line") }
        self.lines = lines
    }

    private func texts(_ name: String, of what: String) -> [String] {
        lines.filter { $0.what == what }.compactMap { line in
            if case .text(let text)? = line.detail?[name] { text } else { nil }
        }
    }

    /// What does not fit what was acknowledged: each correction that there is has one line, each that was revoked another, and each
    /// image as many as looks at it were answered, or at most as were asked.
    func faults(by ledger: Ledger) -> [String] {
        var faults = breaks
        var (made, revoked): (Set<String>, Set<String>) = ([], [])
        for case (.correction(let id), .corrected(let adjustment)) in ledger.kept {
            made.insert(id)
            if adjustment.isRevoked { revoked.insert(id) }
        }
        for (what, expected) in [("correction_made", made), ("correction_revoked", revoked)] {
            let found = texts("id", of: what)
            if found.sorted() != expected.sorted() {
                faults.append("the audit has \(found.count) lines of \(what), of \(expected.count)")
            }
        }
        let views = Dictionary(grouping: texts("file", of: "image_viewed")) { $0 }.mapValues(\.count)
        for file in Set(views.keys).union(ledger.looks.keys) {
            let (asked, answered) = ledger.looks[file] ?? (0, 0)
            let found = views[file] ?? 0
            if !(answered...max(answered, asked)).contains(found) {
                faults.append("the audit has \(found) looks at \(file), of \(answered) answered and \(asked) asked")
            }
        }
        return faults
    }
}
