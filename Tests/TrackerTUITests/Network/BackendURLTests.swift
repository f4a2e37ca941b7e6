import Testing

@testable import TrackerTUI

struct BackendURLTests {
    @Test(arguments: [
        ("http://localhost:4000", "http://localhost:4000"), ("https://a.example/", "https://a.example"),
        (" HTTP://A.example/tracker// ", "http://a.example/tracker"), ("http://[::1]:4000", "http://[::1]:4000"),
        ("https://TRACKER.Example:443/A", "https://tracker.example/A"), ("http://a.example:80", "http://a.example"),
        ("http://a.example:443", "http://a.example:443"), ("https://a.example:80", "https://a.example:80"),
    ])
    func oneServerHasOneSpelling(text: String, kept: String) {
        #expect(BackendURL(text)?.text == kept)
    }

    @Test(arguments: [
        "", "localhost:4000", "ftp://a.example", "http://", "http://a.example?x=1", "http://a.example#x",
        "http://eve:secret@a.example", "http://a.example:0", "http://a.example:70000", "http://a b",
    ])
    func anythingElseIsNone(text: String) {
        #expect(BackendURL(text) == nil)
    }

    @Test func pathsComeAfterThePrefix() {
        #expect(BackendURL("https://a.example/t/")?.appending("/health") == "https://a.example/t/health")
    }

    @Test func itsPartsAreThoseOfItsText() throws {
        let whole = try #require(BackendURL("https://A.example:8443/t/"))
        #expect((whole.isSecure, whole.host, whole.port, whole.path) == (true, "a.example", 8443, "/t"))
        let short = try #require(BackendURL("http://[::1]"))
        #expect((short.isSecure, short.host, short.port, short.path) == (false, "[::1]", 80, ""))
    }
}
