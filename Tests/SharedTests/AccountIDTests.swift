import Shared
import Testing

@Suite struct AccountIDTests {
    @Test func idsAreComparedWithoutCaseAndKeepTheirSpelling() throws {
        let id = try #require(AccountID("  Tomás.R@Harbour.example "))
        #expect(id == AccountID("TOMÁS.r@harbour.EXAMPLE"))
        #expect(id.spelling == "Tomás.R@Harbour.example")
    }

    @Test(arguments: [
        ("\u{FEFF}ann@q.example", "ann@q.example"), ("\u{2003}ann\u{FEFF} \u{FEFF}", "ann"),
        ("stra\u{DF}e", "STRASSE"), ("STRA\u{1E9E}E", "strasse"),
        ("\u{1F48}\u{394}\u{39F}\u{3A3}", "\u{1F40}\u{3B4}\u{3BF}\u{3C2}"),
        ("zoe\u{308}", "ZO\u{CB}"), ("\u{FB01}n", "FIN"), ("\u{212A}im", "kim"), ("I\u{307}", "\u{130}"),
        ("\u{3B1}\u{345}\u{301}", "\u{1FB4}"), ("\u{1C89}", "\u{1C8A}"), ("\u{13A0}", "\u{AB70}"),
    ])
    func theseAreTheSame(left: String, right: String) throws {
        #expect(try #require(AccountID(left)) == #require(AccountID(right)))
        #expect(AccountID(stored: left) == AccountID(stored: right))
        #expect(AccountID(stored: left).hashValue == AccountID(stored: right).hashValue)
    }

    /// A dotless i is an i in Turkish alone; NFC keeps what looks alike apart.
    @Test(arguments: [
        ("\u{131}", "i"), ("\u{131}", "I"), ("\u{212B}ngstrom", "angstrom"), ("\u{FF41}", "a"), ("a.b", "ab"),
    ])
    func theseAreNot(left: String, right: String) throws {
        #expect(try #require(AccountID(left)) != #require(AccountID(right)))
    }

    @Test func aTwinIsEqualToItsOwnSpellingAlone() {
        #expect(AccountID(twin: "\u{FEFF}ann") == AccountID(twin: "\u{FEFF}ann"))
        #expect(AccountID(twin: "ann") != AccountID(stored: "ann"))
        #expect(AccountID(twin: "ann") != AccountID(twin: "Ann"))
    }

    @Test(arguments: ["a", "constructor", "__proto__", "a+b@x", "a/b", String(repeating: "x", count: 254)])
    func oddButLegal(text: String) {
        #expect(AccountID(text) != nil)
    }

    @Test(arguments: [
        "", "   ", "a b", "a\u{0}b", "a\tb", "a\u{7F}", "a\u{A0}b", String(repeating: "x", count: 255), "\u{FEFF}",
        "a\u{FEFF}b", "a\u{200B}b", "a\u{200B}", "a\u{AD}b", "\u{202E}ab", "a\u{E000}", "a\u{FFFF}", "a\u{378}",
        "a\u{E0001}", "a\u{2028}b",
    ])
    func refused(text: String) {
        #expect(AccountID(text) == nil)
    }
}
