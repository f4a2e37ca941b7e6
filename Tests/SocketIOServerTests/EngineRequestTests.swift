import HTTPTypes
import Testing

@testable import SocketIOServer

/// What a session keeps of the request that opened it.
struct EngineRequestTests {
    @Test func onlyTheHeadersThatAreWantedAreKept() {
        let fields = [
            HTTPField(name: .authorization, value: "Bearer x"), HTTPField(name: .accept, value: "*/*"),
            HTTPField(name: .cookie, value: "a=b"), HTTPField(name: .authorization, value: "Bearer y"),
        ]
        let request = EngineRequest(fields, remembering: [.authorization, .origin], address: nil)
        #expect(Array(request.headers) == [fields[0], fields[3]])
        #expect(request.address == nil)
    }

    @Test func theirBytesHaveALimit() {
        let long = String(repeating: "x", count: 5000)
        let fields = [
            HTTPField(name: .authorization, value: long), HTTPField(name: .cookie, value: long),
            HTTPField(name: .origin, value: "https://a.example"),
        ]
        let request = EngineRequest(fields, remembering: [.authorization, .cookie, .origin], address: nil)
        #expect(request.headers.map(\.name) == [.authorization, .origin])
    }

    /// A network of IPv6 has 2^64 addresses; each of IPv4 counts, also where it is written as one of IPv6.
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1", "192.0.2.1", true), ("2001:db8::1", "2001:db8::ffff:1", true),
        ("2001:db8::1", "2001:db8:0:1::1", false), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ])
    func sessionsCountForTheirAddressOrTheirNetwork(one: String, other: String, isSame: Bool) throws {
        let owners = [one, other].map(\.sessionOwner)
        #expect((owners[0] == owners[1]) == isSame)
    }
}
