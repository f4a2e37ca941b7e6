import JSON
import NIOCore
import Shared
import Testing

@testable import TrackerServer

/// Senders that take too long. The deadlines are short here; what waits for them is the end of the connection.
struct DeadlineTests {
    private let half = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"

    @Test func aJSONBodyThatNeverEndsEndsItsConnection() async throws {
        try await TestServer.run(deadlines: Deadlines(jsonBody: .milliseconds(300))) { server in
            let wire = try Wire(port: server.port)
            try await wire.send("POST \(APIPath.login) HTTP/1.1\r\nHost: localhost\r\n\(half)")
            #expect(try await wire.isEnded())
            try await server.get(APIPath.health).expect(200)
        }
    }

    @Test func anUploadThatNeverEndsEndsItsConnectionAndLeavesNothing() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try await TestServer.run(folders: folders, deadlines: Deadlines(upload: .milliseconds(300))) { server in
            let employee = try await server.employee()
            let wire = try Wire(port: server.port)
            try await wire.send(
                """
                POST \(APIPath.uploadScreenshot) HTTP/1.1\r
                Host: localhost\r
                Authorization: Bearer \(employee.token)\r
                Content-Type: multipart/form-data; boundary=b\r
                Content-Length: 1000\r
                \r
                --b\r
                Content-Disposition: form-data; name="screenshot"; filename="a.png"\r
                \r\n
                """)
            try await wire.send(Array(TestImage.png.prefix(20)))
            #expect(try await wire.isEnded())
            try await server.get(APIPath.health).expect(200)
        }
        #expect(try folders.names(in: "images") == ["index.json"])
    }

    @Test func aSilentConnectionEnds() async throws {
        try await TestServer.run(deadlines: Deadlines(idleConnection: .milliseconds(300))) { server in
            let wire = try Wire(port: server.port)
            try await wire.send("GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await wire.reply().status == 200)
            #expect(try await wire.isEnded())
        }
    }
}
