import SocketIO
import Testing

@testable import SocketIOClient

struct SocketServerURLTests {
    @Test(arguments: [
        ("http://localhost:4000", false, "localhost", 4000, "localhost:4000"),
        ("ws://localhost", false, "localhost", 80, "localhost"),
        ("https://example.com/", true, "example.com", 443, "example.com"),
        ("wss://example.com:8443", true, "example.com", 8443, "example.com:8443"),
        ("http://[::1]:4000", false, "::1", 4000, "[::1]:4000"),
    ])
    func addressesAreRead(text: String, isSecure: Bool, host: String, port: Int, authority: String) throws {
        let url = try #require(SocketServerURL(text))
        #expect(url.isSecure == isSecure)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.authority == authority)
    }

    @Test(arguments: ["", "localhost", "ftp://a", "http://", "http://a/b", "http://a?b", "http://u@a", "http://a:0"])
    func othersAreNot(text: String) {
        #expect(SocketServerURL(text) == nil)
    }

    @Test func aRequestNamesItsSession() throws {
        let configuration = SocketClientConfiguration(url: try #require(SocketServerURL("http://a")))
        #expect(configuration.target(.webSocket, sid: nil) == "/socket.io/?EIO=4&transport=websocket")
        #expect(
            configuration.target(.polling, sid: "a_B-1.&é") == "/socket.io/?EIO=4&transport=polling&sid=a_B-1.%26%c3%a9"
        )
    }
}
