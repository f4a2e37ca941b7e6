import HTTPTypes
import Testing

@testable import TrackerServer

struct TrustedProxiesTests {
    @Test(arguments: [
        ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("2001:DB8:0::1", "2001:db8::1"), ("::", "::"),
        ("::ffff:0:1", "0.0.0.1"), ("::192.0.2.7", "::192.0.2.7"),
    ])
    func anAddressHasOneForm(text: String, form: String) {
        #expect(IPAddress(text)?.description == form)
    }

    @Test(arguments: [
        "", " ", "192.0.2", "192.0.2.256", "192.0.2.07x", "0x7f.1", "127.1", "2001:db8", ":::", "fe80::1%eth0", "[::1]",
        "192.0.2.7 ", "192.0.2.7\u{0}", "localhost", String(repeating: "0", count: 300),
    ])
    func anythingElseIsNoAddress(text: String) { #expect(IPAddress(text) == nil) }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false),
        ("192.168.7.9/20", "192.168.15.255", true),
        ("192.168.7.9/20", "192.168.16.0", false), ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7", "192.0.2.8", false),
        ("192.0.2.7/32", "192.0.2.7", true), ("192.0.2.7/31", "192.0.2.6", true), ("128.0.0.0/1", "255.0.0.1", true),
        ("128.0.0.0/1", "127.0.0.1", false), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("fd00::/8", "fdff::1", true), ("::1", "::1", true),
        ("::1", "127.0.0.1", false), ("127.0.0.0/8", "::ffff:127.0.0.1", true), ("::ffff:127.0.0.1", "127.0.0.1", true),
        ("::/1", "10.0.0.1", false),
    ])
    func aNetworkHasTheAddressesThatBeginAsItDoes(network: String, address: String, isIn: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(IPNetwork(network)?.contains(address) == isIn)
        #expect(TrustedProxies("198.51.100.1, \(network)")?.contains(address) == isIn)
    }

    @Test(arguments: [
        "", ",", " , ", "proxy.example", "unix", "*", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8",
        "10.0.0.0/+8", "0.0.0.0/0", "::/0", "::1/129", "10.0.0.1:80", "10.0.0.1;10.0.0.2", "10.0.0.1,x",
        "10.0.0.0/0008",
    ])
    func whatIsNoNetworkOrEverybodysIsNotTrusted(text: String) { #expect(TrustedProxies(text) == nil) }

    private func address(_ headers: [String], from peer: String, trusting proxies: String) throws -> String {
        var fields = HTTPFields()
        for header in headers { fields.append(HTTPField(name: .xForwardedFor, value: header)) }
        let trusted = try #require(TrustedProxies(proxies))
        return trusted.address(of: fields, from: try #require(IPAddress(peer))).description
    }

    @Test func whoIsNoProxySaysNothingOfOthers() throws {
        #expect(try address(["192.0.2.9"], from: "198.51.100.1", trusting: "127.0.0.1") == "198.51.100.1")
    }

    @Test(arguments: [
        (["192.0.2.9"], "192.0.2.9"), ([], "127.0.0.1"), ([""], "127.0.0.1"),
        // What a client made up stands on the left.
        (["127.0.0.1, 192.0.2.9"], "192.0.2.9"), (["203.0.113.5, 192.0.2.9"], "192.0.2.9"),
        (["203.0.113.5", "192.0.2.9"], "192.0.2.9"), (["192.0.2.9", "203.0.113.5"], "203.0.113.5"),
        // Other proxies that are trusted.
        (["192.0.2.9, 10.0.0.7"], "192.0.2.9"), (["203.0.113.5, 192.0.2.9, 10.0.0.7,10.0.0.8"], "192.0.2.9"),
        (["192.0.2.9", "10.0.0.7", "10.0.0.8"], "192.0.2.9"), (["10.0.0.7"], "10.0.0.7"),
        (["10.0.0.7, 10.0.0.8"], "10.0.0.7"),
        // Who hides an address is the last whose address is known.
        (["192.0.2.9, unknown"], "127.0.0.1"), (["192.0.2.9, _hidden, 10.0.0.7"], "10.0.0.7"),
        (["192.0.2.9,"], "192.0.2.9"),
        (["\u{1B}[31m"], "127.0.0.1"), (["for=192.0.2.9"], "127.0.0.1"),
        // Forms of it.
        (["192.0.2.9:4711"], "192.0.2.9"), (["[2001:db8::9]:4711"], "2001:db8::9"), (["2001:db8::9"], "2001:db8::9"),
        (["[2001:db8::9]"], "2001:db8::9"), (["\t192.0.2.9 "], "192.0.2.9"), (["::ffff:192.0.2.9"], "192.0.2.9"),
    ])
    func theFirstFromTheRightThatIsNoProxyIsTheSender(headers: [String], expected: String) throws {
        #expect(try address(headers, from: "127.0.0.1", trusting: "127.0.0.1, 10.0.0.0/8") == expected)
        #expect(try address(headers, from: "::ffff:127.0.0.1", trusting: "127.0.0.1, 10.0.0.0/8") == expected)
    }

    @Test(arguments: [
        (["https"], true), (["HTTPS"], true), (["wss"], true), (["http"], false), (["ws"], false),
        (["https, http"], false), (["http, https"], true), (["https", "http"], false), ([], nil), ([""], nil),
        (["spdy"], nil),
    ])
    func theNearestProxySaysWhichSchemeItWas(headers: [String], expected: Bool?) throws {
        var fields = HTTPFields()
        for header in headers { fields.append(HTTPField(name: .xForwardedProto, value: header)) }
        let trusted = try #require(TrustedProxies("127.0.0.1"))
        let (proxy, stranger) = (try #require(IPAddress("127.0.0.1")), try #require(IPAddress("192.0.2.9")))
        #expect(trusted.isSecure(fields, from: proxy) == expected)
        #expect(trusted.isSecure(fields, from: stranger) == nil)
    }
}
