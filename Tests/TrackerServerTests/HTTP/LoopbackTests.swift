import HTTPTypes
import NIOCore
import Testing

@testable import TrackerServer

struct LoopbackTests {
    private func isSender(
        host: String? = "localhost:4000", at address: String? = "127.0.0.1", _ headers: HTTPFields = [:]
    ) throws -> Bool {
        let request = HTTPRequest(
            method: .get, scheme: nil, authority: host, path: "/metrics", headerFields: headers)
        return Loopback.isSender(of: request, at: try address.map { try SocketAddress(ipAddress: $0, port: 9) })
    }

    @Test(arguments: ["127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"])
    func anAddressThatReachesThisMachineAlone(address: String) throws { #expect(try isSender(at: address)) }

    @Test(arguments: ["10.0.0.1", "192.0.2.127", "128.0.0.1", "::", "::2", "::ffff:10.0.0.1", "fe80::1", "2001:db8::1"])
    func anyOtherAddress(address: String) throws { #expect(try !isSender(at: address)) }

    @Test func whoseAddressIsUnknownIsElsewhere() throws { #expect(try !isSender(at: nil)) }

    @Test(arguments: [
        "localhost", "LocalHost:4000", "127.0.0.1", "127.0.0.1:80", "127.1.2.3", "[::1]", "[::1]:4000",
        "[0:0:0:0:0:0:0:1]:443", "localhost:",
    ])
    func aHostThatIsThisMachine(host: String) throws { #expect(try isSender(host: host)) }

    @Test(arguments: [
        "", "tracker.example", "localhost.example", "127.0.0.1.example", "127.0.0.1.", "localhost@example",
        "example:localhost",
        "[::1].example", "[::1]x", "[::1", "::1", "[::2]", "[127.0.0.1]", "[localhost]", "localhost:80.example",
        "127.0.0",
        "127.0.0.256", "127..0.1", "0.0.0.0", "10.0.0.1", "[[::1]]",
    ])
    func anyOtherHost(host: String) throws { #expect(try !isSender(host: host)) }

    @Test func aRequestWithoutHostIsNobodys() throws { #expect(try !isSender(host: nil)) }

    @Test(arguments: [
        "Forwarded": "for=192.0.2.1", "X-Forwarded-For": "", "x-real-ip": "127.0.0.1", "VIA": "1.1 proxy",
        "X-Forwarded-Proto": "https", "X-Forwarded-Host": "localhost",
        "Origin": "http://localhost:4000", "Sec-Fetch-Site": "cross-site", "sec-fetch-site": "Same-Site",
    ])
    func whatAProxyOrAnotherSiteSays(header: (name: String, value: String)) throws {
        let name = try #require(HTTPField.Name(header.name))
        #expect(try !isSender([name: header.value]))
    }

    @Test(arguments: ["none", "same-origin", "something new"])
    func aBrowserOfThisMachine(site: String) throws { #expect(try isSender([.secFetchSite: site])) }
}
