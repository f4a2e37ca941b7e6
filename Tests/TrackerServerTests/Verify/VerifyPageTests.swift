import Files
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct VerifyPageTests {
    @Test func thePageListsEveryKindOfFinding() throws {
        let page = try #require(try OpenFile.contents(of: Program.repository + "/docs/verify.md"))
        let lines = String(decoding: page, as: UTF8.self).split(separator: "\n")
        let listed = lines.filter { $0.hasPrefix("| `") }.map {
            $0.split(separator: " | ").prefix(2).joined(separator: " ")
        }
        #expect(listed == Finding.Kind.allCases.map { "| `\($0.rawValue)` \($0.severity.rawValue)" })
    }
}
