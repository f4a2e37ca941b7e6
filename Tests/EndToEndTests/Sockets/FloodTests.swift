import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// Very much of what may be sent in small numbers, to the real server.
@Suite(.timeLimit(.minutes(5)))
struct FloodTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    private func watching() async throws -> (server: LiveServer, manager: RawWebSocket, employee: RawWebSocket) {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let manager = try await RawWebSocket.join(port: server.port, token: try await server.login())
        try await manager.expect("42[\"presence:list\"")
        let employee = try await RawWebSocket.join(port: server.port, token: try await server.login(mira, password))
        try await employee.expect("42[\"interval:assigned\"")
        try await manager.expect("42[\"presence:online\"")
        await manager.emit("live_view:start", .object(["employeeId": .string(mira)]))
        try await employee.expect("42[\"live_view:initiate\"")
        return (server, manager, employee)
    }

    private func frame(_ number: Int) -> String {
        #"42["live_view:frame",{"employeeId":"\#(mira)","frameBase64":"AAAA","ts":\#(number)}]"#
    }

    /// Empty ones are as good as any: they never reach the limit of bytes.
    @Test func aMessageOfFragmentsWithoutEndEndsItsConnection() async throws {
        let (server, manager, employee) = try await watching()
        let fragments = Array(repeatElement(RawWebSocket.frame([], opcode: 0, isLast: false), count: 5000).joined())
        let socket = try await RawWebSocket.join(port: server.port, token: try await server.login())
        let first = [UInt8](repeating: UInt8(ascii: "4"), count: 999_999)
        await socket.send(bytes: RawWebSocket.frame(first, isLast: false))
        await socket.send(bytes: fragments)
        #expect(await socket.isClosed())
        await employee.send(frame(1))
        try await manager.expect(frame(1))
        _ = await server.stop()
    }

    /// They may say who they are, and little else.
    @Test func strangersMayNotSayMuch() async throws {
        let server = try await LiveServer.start()
        let connect = { (length: Int) in
            Array("40{\"token\":\"".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: length) + Array("\"}".utf8)
        }
        for (length, isAnswered) in [(16_000, true), (17_000, false)] {
            let socket = try RawWebSocket(port: server.port)
            try await socket.expect("0{")
            await socket.send(bytes: RawWebSocket.frame(connect(length)))
            if isAnswered {
                try await socket.expect("44{\"message\":\"Unauthorized\"}")
            } else {
                #expect(await socket.isClosed())
            }
            let answer = try await server.curl(Self.polling)
            let sid = try #require(String(decoding: answer.body, as: UTF8.self).firstMatch(of: /"sid":"([^"]+)"/)).1
            let body = String(decoding: connect(length), as: UTF8.self)
            let status = try await server.curl(Self.polling + "&sid=\(sid)", ["-d", body]).status
            #expect(status == (isAnswered ? 200 : 413))
        }
        // A client that is known may.
        let socket = try await RawWebSocket.join(port: server.port, token: try await server.login())
        try await socket.expect("42[\"presence:list\"")
        await socket.emit("live_view:frame", .string(String(repeating: "x", count: 900_000)))
        await socket.send("41")
        await socket.send("40{\"token\":\"no\"}")
        try await socket.expect("44{\"message\":\"Unauthorized\"}")
        _ = await server.stop()
    }

    private static let polling = "/socket.io/?EIO=4&transport=polling"

    @Test func whoAsksForNamespacesOnAndOnIsClosed() async throws {
        let server = try await LiveServer.start()
        for (connect, refusal) in [
            ("40/nothing-NUMBER,", "44/nothing-NUMBER,{\"message\":\"Invalid namespace\"}"),
            ("40{\"token\":\"NUMBER\"}", "44{\"message\":\"Unauthorized\"}"),
        ] {
            let socket = try RawWebSocket(port: server.port)
            try await socket.expect("0{")
            for number in 0..<32 {
                await socket.send(connect.replacing("NUMBER", with: "\(number)"))
                try await socket.expect(refusal.replacing("NUMBER", with: "\(number)"))
            }
            await socket.send(connect)
            #expect(try await socket.next() == nil)
        }
        _ = await server.stop()
    }

    /// Its sender is gone before the server has taken half of it.
    @Test func aBurstOfSmallEventsIsTakenToTheLast() async throws {
        let (server, manager, employee) = try await watching()
        let token = try await server.login(mira, password)
        let port = server.port
        let text = (["40{\"token\":\"\(token)\"}"], (0..<20_000).map { "42[\"nothing\",\($0)]" } + [frame(7)])
        try await BlockingExecutor(label: "burst").run { () throws in
            let socket = try RawSocket(port: port)
            socket.send(RawWebSocket.request() + text.0.flatMap { RawWebSocket.frame(Array($0.utf8)) })
            var heard = ""
            // All of it: closing a socket with something unread is a reset, which takes what was sent with it.
            while !heard.contains("live_view:initiate") || !heard.contains("interval:assigned") {
                let bytes = try #require(socket.receive(until: .now + .seconds(20)))
                heard += String(decoding: bytes, as: UTF8.self)
            }
            socket.send(text.1.flatMap { RawWebSocket.frame(Array($0.utf8)) })
        }
        try await manager.expect(frame(7))
        // Otherwise nobody would be online in between, and live view would end.
        withExtendedLifetime(employee) {}
        _ = await server.stop()
    }

    @Test func aBodyOfVeryManyPacketsIsTakenToTheLast() async throws {
        let server = try await LiveServer.start()
        let token = try await server.login()
        let answer = try await server.curl(Self.polling)
        let sid = try #require(String(decoding: answer.body, as: UTF8.self).firstMatch(of: /"sid":"([^"]+)"/)).1
        let url = Self.polling + "&sid=\(sid)"
        #expect(try await server.curl(url, ["-d", "40{\"token\":\"\(token)\"}"]).status == 200)
        #expect(try await server.curl(url).body.starts(with: Array("40{\"sid\"".utf8)))
        let file = server.folder.path + "/body"
        let packets = String(repeating: "3\u{1E}", count: 50_000) + "41"
        try Data(packets.utf8).write(to: URL(filePath: file))
        let (status, body) = try await server.curl(url, ["--data-binary", "@\(file)"])
        #expect(status == 200)
        #expect(body == Array("ok".utf8))
        #expect(try await server.curl(url, ["-d", "42[\"after 41\"]"]).status == 200)
        #expect(try await server.curl(url).status == 400)
        _ = await server.stop()
    }

    /// Beyond a thousand of one address the one goes that was silent longest, and those who say who they are stay.
    @Test func handshakesWithoutEndLeaveAThousandSessions() async throws {
        let server = try await LiveServer.start()
        let port = server.port
        let manager = try await RawWebSocket.join(port: port, token: try await server.login())
        try await manager.expect("42[\"presence:list\"")
        let silent = try RawWebSocket(port: port)
        try await silent.expect("0{")
        let sids = try await BlockingExecutor(label: "handshakes").run { () throws -> [String] in
            let socket = try RawSocket(port: port)
            let request = Array("GET \(Self.polling) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
            return try (0..<1100).map { _ in
                socket.send(request)
                var heard = ""
                while true {
                    let bytes = try #require(socket.receive(until: .now + .seconds(20)))
                    try #require(!bytes.isEmpty)
                    heard += String(decoding: bytes, as: UTF8.self)
                    if let match = heard.firstMatch(of: /"sid":"([^"]+)".*}$/) { return String(match.1) }
                }
            }
        }
        #expect(await silent.isClosed())
        for (sid, status) in [(sids[0], 400), (sids[99], 400), (sids[101], 200), (sids[1099], 200)] {
            let (answer, _) = try await server.curl(Self.polling + "&sid=\(sid)", ["-d", "40"])
            #expect(answer == status)
        }
        try await server.hire(mira, password: password)
        _ = try await RawWebSocket.join(port: port, token: try await server.login(mira, password))
        try await manager.expect("42[\"presence:online\"")
        _ = await server.stop()
    }
}
