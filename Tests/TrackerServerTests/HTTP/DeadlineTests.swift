import JSON
import NIOCore
import Shared
import TestSupport
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

    /// Whatever has come of it: nothing, part of a head, or of a handshake.
    @Test(arguments: ["", "\r\n", "GET", "GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n"])
    func aConnectionThatAsksNothingEnds(text: String) async throws {
        try await TestServer.run(deadlines: Deadlines(firstRequest: .milliseconds(300))) { server in
            let asking = try Wire(port: server.port)
            try await asking.send("GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await asking.reply().expect(200)
            let silent = try Wire(port: server.port)
            try await silent.send(text)
            #expect(try await silent.isEnded())
            // The one that has asked may be silent for longer.
            try await asking.send("GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n\r\n")
            try await asking.reply().expect(200)
        }
    }

    @Test(arguments: ["", "\u{16}\u{3}\u{1}\u{2}"])
    func aHandshakeThatDoesNotEndEndsItsConnection(text: String) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let tls = try await TestCertificate(in: folder)
        let settings = ["TLS_CERT_FILE": tls.certificate, "TLS_KEY_FILE": tls.key]
        try await TestServer.run(settings, deadlines: Deadlines(firstRequest: .milliseconds(300))) { server in
            let wire = try Wire(port: server.port)
            try await wire.send(text)
            #expect(try await wire.isEnded())
        }
    }

    @Test func aBodyThatGoesOnAfterItsAnswerEndsItsConnection() async throws {
        try await TestServer.run(deadlines: Deadlines(answeredBody: .milliseconds(300))) { server in
            let wire = try Wire(port: server.port)
            try await wire.send(
                """
                POST \(APIPath.uploadScreenshot) HTTP/1.1\r
                Host: localhost\r
                Content-Type: multipart/form-data; boundary=b\r
                Content-Length: 1000\r
                \r
                --b\r
                """)
            try await wire.reply().expectError(401, "unauthorized")
            #expect(try await wire.isEnded())
        }
    }

    @Test func aConnectionThatStaysOpenAfterItsLastAnswerEnds() async throws {
        try await TestServer.run(deadlines: Deadlines(closing: .milliseconds(300))) { server in
            for body in ["", "{", "{}"] {
                let wire = try Wire(port: server.port)
                try await wire.send(
                    "POST \(APIPath.organization) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n")
                try await wire.reply().expectError(401, "unauthorized")
                await wire.sendAsMuchAsIsTaken(Array(body.utf8))
                #expect(try await wire.isEnded())
            }
        }
    }

    /// A download of 30 MB, more than all buffers on the way hold.
    private func download(
        _ body: @Sendable (Wire, Int) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let size = 30_000_000
        let program = HandmadeELF(libraries: ["libc.so.6"]).bytes
        try folder.write(program + [UInt8](repeating: 1, count: size), to: "TrackerTUI")
        let deadlines = Deadlines(unreadAnswer: .seconds(2))
        try await TestServer.run(deadlines: deadlines, programFolder: folder.path) { server in
            #expect(try await server.send("HEAD", "/downloads/TrackerTUI").status == 200)
            let wire = try Wire(port: server.port, receiveBuffer: 64 * 1024)
            try await wire.send("GET /downloads/TrackerTUI HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            try await body(wire, size)
        }
    }

    @Test func anAnswerThatNobodyReadsEndsItsConnection() async throws {
        try await download { wire, _ in #expect(await wire.isGivenUp()) }
    }

    /// Taking a little now and then is reading, even when the whole takes longer than nothing may be read.
    @Test func aSlowReaderGetsAllOfItsAnswer() async throws {
        try await download { wire, size in
            var count = 0
            for _ in 0..<12 {
                try await Task.sleep(for: .milliseconds(250))
                count += try await wire.skip(upTo: 64 * 1024)
            }
            while case let more = try await wire.skip(upTo: 1 << 20), more > 0 { count += more }
            #expect(count > size)
        }
    }
}
