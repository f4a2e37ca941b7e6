import Files
import JSON
import Shared

@testable import TrackerServer

/// The lines of an audit file.
struct AuditLines {
    let lines: [ArraySlice<UInt8>]

    init(_ bytes: [UInt8]) { lines = bytes.split(separator: UInt8(ascii: "\n")) }

    init(at path: String) throws { self.init(try OpenFile.contents(of: path) ?? []) }

    var entries: [AuditRecord] {
        get throws { try lines.map { try AuditRecord(json: try JSONReader.value(of: Array($0))) } }
    }

    /// `what` and `about` of each.
    var stories: [String] {
        get throws { try entries.map { "\($0.entry.what.rawValue) \($0.entry.about ?? "-")" } }
    }

    /// How many lines fit; all, where nobody has touched them.
    func whole() throws -> Int {
        var chain = AuditChain()
        for line in lines { try chain.pass(line) }
        return chain.last
    }
}

extension DataFiles {
    var auditPath: String { files.dataFolder + "/" + AuditLog.fileName }

    func audit() throws -> AuditLines { try AuditLines(at: auditPath) }
}
