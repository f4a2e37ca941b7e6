import Foundation
import TestSupport
import Testing

/// docs/security.md says which tests show what it says.
struct SecurityPageTests {
    @Test func theTestsThatItNamesAreThere() throws {
        let page = try String(contentsOfFile: Program.repository + "/docs/security.md", encoding: .utf8)
        let files = FileManager.default.enumerator(atPath: Program.repository + "/Tests")
        let names = (files?.compactMap { $0 as? String } ?? []).map { path in
            path.split(separator: "/").last.map { $0.prefix { $0 != "." && $0 != "+" } } ?? ""
        }
        let named = Set(page.matches(of: /\b[A-Z][A-Za-z]+Tests\b/).map(\.output))
        #expect(named.count > 20)
        #expect(named.subtracting(names) == [])
    }
}
