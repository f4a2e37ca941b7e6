import Files
import Foundation
import TestSupport
import Testing

@Suite struct CoreDumpTests {
    /// Of the tests themselves: nobody needs theirs.
    @Test func aProcessThatForbidsCoreDumpsHasNone() throws {
        #expect(CoreDumps.forbid())
        #expect(CoreDumps.areForbidden)
        let limits = try String(contentsOfFile: "/proc/self/limits", encoding: .utf8)
        #expect(limits.contains(#/Max core file size +0 +0 /#))
    }
}
