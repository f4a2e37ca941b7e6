import Files
import Foundation

/// What `verify` finds in the audit's file.
struct AuditInspection: Sendable {
    /// Lines that fit, from the beginning on; nil when there is no file, or it can't be read.
    private(set) var lines: Int?
    /// Why the line behind them does not.
    private(set) var fault: AuditChain.Fault?
    private(set) var failure: FileError?
    /// How long the file was once, where it is shorter now.
    private(set) var formerSize: Int?
    /// Others than its owner may read it.
    private(set) var isExposed = false
    private let path: String

    private static let window = 1 << 20

    /// Reads the file from its beginning to its end. Blocks.
    init(_ layout: StoreLayout) throws {
        path = layout.dataFolder + "/" + AuditLog.fileName
        let known = try OpenFile.contents(
            of: layout.dataFolder + "/" + AuditReader.indexName, limit: StoreLayout.smallFileLimit)
        do throws(FileError) {
            let file = try OpenFile(reading: path)
            isExposed = try Folder.permissions(of: path).map { Exposure(of: .file, $0) != .owner } ?? false
            let size = try file.size()
            if let former = known.flatMap(AuditIndex.lastEnd), former > size { formerSize = former }
            var chain = AuditChain()
            fault = try Self.follow(&chain, file, size)
            lines = chain.last
        } catch {
            if !error.isMissing { failure = error } else { formerSize = known.flatMap(AuditIndex.lastEnd) }
        }
    }

    private static func follow(
        _ chain: inout AuditChain, _ file: OpenFile, _ size: Int
    ) throws(FileError) -> AuditChain.Fault? {
        var rest: [UInt8] = []
        var offset = 0
        while offset < size {
            let bytes = rest + (try file.read(count: min(window, size - offset), from: offset))
            offset += bytes.count - rest.count
            guard bytes.count > rest.count else { break }
            var start = 0
            while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                do throws(AuditChain.Fault) {
                    try chain.pass(bytes[start..<end])
                } catch {
                    return error
                }
                start = end + 1
            }
            rest = Array(bytes[start...])
        }
        return rest.isEmpty ? nil : .torn
    }

    /// Pure.
    var findings: [Finding] {
        var findings: [Finding] = []
        if let failure {
            findings.append(
                Finding(
                    .auditUnreadable, path, "can't be read: \(failure.reason)",
                    hint: "Run verify as the user that the server runs as, and see whether the disk is sound."))
        }
        if isExposed {
            findings.append(
                Finding(
                    .auditExposed, path, "can be read by others than its owner: it says who did what and from where",
                    hint: "Run: chmod 600 \(path)"))
        }
        if let formerSize {
            findings.append(
                Finding(
                    .auditShort, path, "is shorter than it was: it had at least \(formerSize) bytes",
                    hint: "Somebody has cut or replaced it. Restore it from a backup."))
        }
        if let fault { findings.append(Self.finding(fault, path, line: (lines ?? 0) + 1)) }
        return findings
    }

    private static func finding(_ fault: AuditChain.Fault, _ path: String, line: Int) -> Finding {
        if fault == .torn {
            return Finding(
                .auditTorn, path, "ends in a line that was never finished, line \(line)",
                hint: "Nobody was told that it was stored; the next start drops it.")
        }
        return Finding(
            .auditBroken, path, "does not fit together: line \(line) \(fault)",
            hint:
                "Somebody has changed the file, or the disk has. Compare it with a backup; the server goes on behind it, and later "
                + "lines are no proof of earlier ones.")
    }
}
