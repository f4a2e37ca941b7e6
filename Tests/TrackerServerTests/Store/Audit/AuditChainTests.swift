import Crypto
import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct AuditChainTests {
    private static func record(_ number: Int, _ about: String = "eva@example.org") -> AuditRecord {
        AuditRecord(
            number: number,
            entry: AuditEntry(
                at: SampleChanges.time, who: "max@example.org", address: "10.0.0.7", what: .imageViewed, about: about,
                detail: JSONObject([("file", .string("uploads/a.png"))])))
    }

    private static func file(_ count: Int) -> [UInt8] {
        var chain = AuditChain()
        var bytes: [UInt8] = []
        for number in 1...count { chain.append(record(number), to: &bytes) }
        return bytes
    }

    /// Nil where all fit; else the place of the first that does not, and why.
    private static func fault(in lines: [ArraySlice<UInt8>]) -> (line: Int, fault: AuditChain.Fault)? {
        var chain = AuditChain()
        for (index, line) in lines.enumerated() {
            do throws(AuditChain.Fault) {
                try chain.pass(line)
            } catch {
                return (index + 1, error)
            }
        }
        return nil
    }

    @Test func aLineHasItsMembersInOrderAndTheHashOfTheLineBefore() throws {
        let lines = AuditLines(Self.file(2)).lines
        #expect(
            String(decoding: lines[0], as: UTF8.self)
                == #"{"n":1,"at":"2026-03-02T08:00:00.123Z","who":"max@example.org","address":"10.0.0.7","what":"image_viewed","about":"eva@example.org","detail":{"file":"uploads/a.png"},"prev":"\#(String(repeating: "0", count: 64))"}"#
        )
        let hash = SHA256.hash(data: Data(lines[0])).hexadecimal
        #expect(String(decoding: lines[1], as: UTF8.self).hasSuffix(#","prev":"\#(hash)"}"#))
    }

    @Test func whatWasWrittenFits() throws {
        #expect(try AuditLines(Self.file(50)).whole() == 50)
    }

    @Test(arguments: 0..<5) func aLineThatWasTakenOutIsMissed(index: Int) throws {
        var lines = AuditLines(Self.file(6)).lines
        lines.remove(at: index)
        let found = try #require(Self.fault(in: lines))
        #expect(found.line == index + 1)
        #expect(found.fault == .number(expected: index + 1, found: index + 2))
    }

    @Test(arguments: 0..<5) func linesThatChangedPlacesAreNoticed(index: Int) {
        var lines = AuditLines(Self.file(6)).lines
        lines.swapAt(index, index + 1)
        #expect(Self.fault(in: lines)?.line == index + 1)
    }

    /// Whatever byte of a line is another, that line or the next does not fit.
    @Test func everyByteThatIsEditedIsNoticed() throws {
        let bytes = Self.file(3)
        let second = AuditLines(bytes).lines[1]
        for index in second.indices {
            var edited = bytes
            edited[index] ^= 1
            let found = try #require(Self.fault(in: AuditLines(edited).lines), "byte \(index)")
            #expect(found.line == 2 || found.line == 3)
        }
    }

    @Test func numbersThatAreMadeAnewDoNotHideALineThatIsGone() throws {
        var chain = AuditChain()
        var bytes: [UInt8] = []
        chain.append(Self.record(1), to: &bytes)
        var other = AuditChain()
        var others: [UInt8] = []
        other.append(Self.record(1, "tom"), to: &others)
        other.append(Self.record(2), to: &others)
        let found = try #require(Self.fault(in: [AuditLines(bytes).lines[0], AuditLines(others).lines[1]]))
        #expect(found == (2, .previous))
    }

    @Test(arguments: ["", "x", "{}", "[]", #"{"n":"1"}"#, #"{"n":1,"at":"2026-03-02T08:00:00.123Z","what":"login"}"#])
    func whatIsNoLineIsNamed(text: String) throws {
        let found = try #require(Self.fault(in: [Array(text.utf8)[...]]))
        guard case .notALine = found.fault else {
            Issue.record("\(found.fault)")
            return
        }
    }
}
