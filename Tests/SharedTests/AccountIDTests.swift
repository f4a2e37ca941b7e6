import Shared
import Testing

@Suite struct AccountIDTests {
    @Test func idsAreComparedWithoutCaseAndKeepTheirSpelling() throws {
        let id = try #require(AccountID("  Tomás.R@Harbour.example "))
        #expect(id == AccountID("TOMÁS.r@harbour.EXAMPLE"))
        #expect(id.spelling == "Tomás.R@Harbour.example")
    }

    @Test(arguments: ["a", "constructor", "__proto__", "a+b@x", "a/b", String(repeating: "x", count: 254)])
    func oddButLegal(text: String) {
        #expect(AccountID(text) != nil)
    }

    @Test(arguments: ["", "   ", "a b", "a\u{0}b", "a\tb", "a\u{7F}", "a\u{A0}b", String(repeating: "x", count: 255)])
    func refused(text: String) {
        #expect(AccountID(text) == nil)
    }
}
