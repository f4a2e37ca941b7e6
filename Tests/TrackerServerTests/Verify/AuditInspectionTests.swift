import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

struct AuditInspectionTests {
    private let files: DataFiles

    init() throws { files = try DataFiles() }

    private func lines(_ count: Int = 5) -> [[UInt8]] {
        var chain = AuditChain()
        return (1...count).map { number in
            var bytes: [UInt8] = []
            let entry = AuditEntry(at: SampleChanges.time, who: "max", address: nil, what: .login, about: "max")
            chain.append(AuditRecord(number: number, entry: entry), to: &bytes)
            return bytes
        }
    }

    private func inspect(_ lines: [[UInt8]]) throws -> AuditInspection {
        let path = "data/" + AuditLog.fileName
        try files.folder.write(lines.flatMap { $0 }, to: path)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: files.folder.path + "/" + path)
        return try AuditInspection(files.files)
    }

    @Test func aWholeFileAndNoneAreNoFindings() throws {
        #expect(try AuditInspection(files.files).findings == [])
        #expect(try AuditInspection(files.files).lines == nil)
        let inspection = try inspect(lines())
        #expect(inspection.findings == [])
        #expect(inspection.lines == 5)
    }

    @Test func theFirstLineThatDoesNotFitIsNamed() throws {
        var edited = lines()
        edited[2][40] ^= 1
        var reordered = lines()
        reordered.swapAt(1, 2)
        var cut = lines()
        cut.remove(at: 3)
        var headless = lines()
        headless.removeFirst()
        for (lines, line) in [(edited, 4), (reordered, 2), (cut, 4), (headless, 1)] {
            let inspection = try inspect(lines)
            #expect(inspection.lines == line - 1)
            let finding = try #require(inspection.findings.first)
            #expect(inspection.findings.count == 1)
            #expect(finding.kind == .auditBroken && finding.severity == .error)
            #expect(finding.message.contains("line \(line) "), "\(finding.message)")
        }
    }

    @Test func aTornLineIsANote() throws {
        var torn = lines()
        torn[4].removeLast(10)
        let finding = try #require(try inspect(torn).findings.first)
        #expect(finding.kind == .auditTorn && finding.severity == .note)
        #expect(finding.message.hasSuffix("line 5"))
    }

    @Test func aFileThatWasLongerIsTold() throws {
        try files.folder.write(Array("head\n2000000 0 1\n".utf8), to: "data/" + AuditReader.indexName)
        let finding = try #require(try inspect(lines()).findings.first)
        #expect(finding.kind == .auditShort)
        #expect(finding.message.contains("2000000"))
    }

    @Test func whoMayReadItIsLookedAt() throws {
        _ = try inspect(lines())
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: files.auditPath)
        #expect(try AuditInspection(files.files).findings.map(\.kind) == [.auditExposed])
    }

    @Test func longFilesAreFollowedOverTheEndOfEachWindow() throws {
        let inspection = try inspect(lines(9000))
        #expect(inspection.lines == 9000)
        #expect(inspection.findings == [])
    }
}
