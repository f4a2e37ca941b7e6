import Settings
import SocketIOClient
import TestSupport
import Testing

@testable import TrackerTUI

@Suite(.timeLimit(.minutes(5)))
struct ProxyRulesTests {
    private func proxy(_ server: String, _ environment: [String: String]) throws -> String? {
        let server = try #require(BackendURL(server))
        return try ProxyRules(environment: environment).proxy(for: server)?.text
    }

    @Test func eachSchemeHasItsVariable() throws {
        let both = ["http_proxy": "http://one:3128", "https_proxy": "two:8080"]
        #expect(try proxy("http://a.example", both) == "http://one:3128 (http_proxy)")
        #expect(try proxy("https://a.example", both) == "http://two:8080 (https_proxy)")
        #expect(try proxy("http://a.example", [:]) == nil)
        #expect(try proxy("http://a.example", ["https_proxy": "two"]) == nil)
    }

    @Test func ofCapitalsHTTPProxyAloneDoesNotCount() throws {
        #expect(try proxy("http://a.example", ["HTTP_PROXY": "http://one:1"]) == nil)
        #expect(try proxy("https://a.example", ["HTTPS_PROXY": "http://one"]) == "http://one:1080 (HTTPS_PROXY)")
        #expect(
            try proxy("https://a.example", ["HTTPS_PROXY": "http://one:1", "https_proxy": "http://two:2"])
                == "http://two:2 (https_proxy)")
        #expect(
            try proxy("https://a.example", ["HTTPS_PROXY": "http://one:1", "https_proxy": ""])
                == "http://one:1 (HTTPS_PROXY)")
        #expect(try proxy("https://a.example", ["https_proxy": "one", "NO_PROXY": "a.example"]) == nil)
        #expect(
            try proxy("https://a.example", ["https_proxy": "one", "NO_PROXY": "a.example", "no_proxy": "b"]) != nil)
    }

    @Test func aNameAndAPasswordAreNotShown() throws {
        let rules = ProxyRules(environment: ["http_proxy": "http://u%40x:s%3A1@[::1]:3128/"])
        let server = try #require(BackendURL("http://a.example"))
        let proxy = try #require(try rules.proxy(for: server))
        #expect(proxy.socket == SocketProxy(host: "::1", port: 3128, credentials: "dUB4OnM6MQ=="))
        #expect(proxy.text == "http://[::1]:3128 (http_proxy)")
    }

    @Test(arguments: ["socks5://one:1080", "https://one", "http://", "http://one:0", "http://a b"])
    func whatIsNoProxyIsRefusedWithItsName(value: String) throws {
        let error = SettingError(
            name: "http_proxy", value: value, allowed: "an address like http://proxy.example.com:3128")
        #expect(throws: error) { try proxy("http://a.example", ["http_proxy": value]) }
        #expect(try proxy("https://a.example", ["http_proxy": value]) == nil)
        let secret = SettingError(name: "http_proxy", value: nil, allowed: error.allowed)
        #expect(throws: secret) { try proxy("http://a.example", ["http_proxy": "ftp://me:secret@one"]) }
    }

    @Test func whatIsSaidToThisMachineIsPrivateUnlessAProxyElsewhereHearsIt() throws {
        for (server, http, isPrivate) in [
            ("https://a.example", "", true), ("http://localhost:4000", "", true), ("http://127.1.2.3", "", true),
            ("http://[::1]:1", "", true), ("http://LOCALHOST", "", true), ("http://a.example", "", false),
            ("http://10.0.0.1", "", false), ("http://127.0.0.1.example", "", false), ("http://[::2]", "", false),
            ("http://localhost.example", "", false), ("http://localhost", "http://127.0.0.1:3128", true),
            ("http://localhost", "http://proxy.example:3128", false), ("http://0.0.0.0", "", false),
        ] {
            let rules = ProxyRules(environment: ["http_proxy": http])
            let url = try #require(BackendURL(server))
            #expect(rules.isPrivate(url) == isPrivate, "\(server) \(http)")
        }
    }

    /// Of host and no_proxy; what newer versions of curl read otherwise than older ones is not among them.
    private static let exceptions = [
        ("a.example", "a.example"), ("a.example", ".a.example"), ("a.example", "example"), ("a.example", "xa.example"),
        ("xa.example", "a.example"), ("b.a.example", "a.example"), ("a.example", "A.EXAMPLE"), ("a.example", "*"),
        ("a.example", "*.example"), ("a.example", "b,a.example"), ("a.example", "b, a.example"),
        ("a.example", "a.example."), ("a.example.", "a.example"), ("a.example", "b,,a.example"), ("a.example", "*,b"),
        ("a.example", " a.example"), ("a.example", "a.example:80"), ("127.0.0.2", "127.0.0.2"),
        ("127.0.0.2", "127.0.0.0/8"), ("127.0.0.2", "127.0.0.1/31"), ("127.0.0.2", "127.0.0.2/32"),
        ("127.0.0.2", "127.0.0.3/33"), ("127.0.0.2", "127.0.0.2/0"), ("127.0.0.2", "127.0.0.3/0"),
        ("127.0.0.2", "0.0.0.2"), ("127.0.0.2", ".0.0.2"), ("127.0.0.2", "127.0.0.2/33"), ("127.0.0.2", "127.0.0.9/x"),
        ("[::1]", "::1"), ("localhost", "127.0.0.1"), ("localhost", "localhost"), ("a.example", ","),
        ("a.example", "."),
    ]

    @Test func exceptionsAreCurls() async throws {
        // The proxy answers everything in a way that no server does.
        try await TinyServer.run(.init(status: 418)) { _, client in
            let proxy = "http://127.0.0.1:\(client.server.port)"
            for (host, exception) in Self.exceptions {
                let outcome = try await run(
                    "curl", "-s", "-o", "/dev/null", "-m", "5", "-w", "%{http_code}", "http://\(host):9/",
                    environment: ["http_proxy": proxy, "no_proxy": exception])
                let goesThrough = String(decoding: outcome.output, as: UTF8.self) == "418"
                let own =
                    try self.proxy(
                        "http://\(host):9", ["http_proxy": proxy, "no_proxy": exception]) != nil
                #expect(own == goesThrough, "\(host) with no_proxy=\(exception)")
            }
        }
    }

    @Test func networksOfIPv6AreExceptionsToo() {
        for (list, isException) in [
            ("::1", true), ("0:0:0:0:0:0:0:1", true), ("::/64", true), ("::1/128", true), ("::2/126", true),
            ("::2/127", false), ("fe80::/10", false), ("::1/129", false), ("127.0.0.1", false),
        ] {
            #expect(NoProxy(list).contains("[::1]") == isException, "\(list)")
        }
    }
}
