import Testing

@testable import TrackerServer

struct WebOriginTests {
    @Test(arguments: [
        ("https://admin.example", "https://admin.example"), ("HTTPS://Admin.Example", "https://admin.example"),
        ("https://admin.example/", "https://admin.example"), ("https://admin.example:443", "https://admin.example"),
        ("https://admin.example:0443/", "https://admin.example"), ("http://admin.example:80", "http://admin.example"),
        ("https://admin.example:80", "https://admin.example:80"), ("http://localhost:08080", "http://localhost:8080"),
        ("http://127.0.0.1:443", "http://127.0.0.1:443"), ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://[2001:DB8:0:0::1]:443/", "https://[2001:db8::1]"), ("http://a_b.example", "http://a_b.example"),
    ])
    func isWrittenAsBrowsersSendIt(written: String, text: String) {
        #expect(WebOrigin(written)?.text == text)
    }

    @Test(arguments: [
        "", "admin.example", "admin.example:443", "https://", "https:///", "https://:443", "ftp://admin.example",
        "https://admin.example//", "https://admin.example/path", "https://admin.example?x", "https://admin.example#x",
        "https://user@admin.example", "https://admin example", "https://admin.example:", "https://admin.example:0",
        "https://admin.example:65536", "https://admin.example:8x", "https://*.example", "https://[::1", "https://::1",
        "https://[x]", "https://münchen.example", "null", "https://.example", "https://a..b", "https:admin.example",
    ])
    func everythingElseIsNone(written: String) {
        #expect(WebOrigin(written) == nil)
    }
}
