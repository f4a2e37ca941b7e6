import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// Live view through a proxy that buffers.
@Suite(.timeLimit(.minutes(2)))
struct LiveProxyTests {
    private let mira = "mira@harbour.example"
    private let password = "mira's own password"

    /// Each picture is there before the next one is sent, so nothing may wait for more to come.
    @Test func everyPictureComesWhenItIsSent() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: password)
        let own = try await server.login(mira, password)
        try await server.call("POST", APIPath.workStart, token: own)
        let employee = try await RawWebSocket.join(port: server.port, token: own)
        try await employee.expect("42[\"interval:assigned\"")
        let proxy = try await ReverseProxy.start(before: server)
        let token = try await server.login()
        let stream = try ChildProcess([
            "curl", "-sSN", "--fail-with-body", "-H", "Authorization: Bearer \(token)",
            "\(proxy.url)/api/live/\(mira)/stream",
        ])
        try await employee.expect("42[\"live_view:initiate\"")
        for number in 0..<5 {
            // Longer than the proxy's buffers, so that its end would wait in one of them.
            let image = try EncodedPNG.bytes(width: 8, height: 8) + [UInt8](repeating: UInt8(number), count: 40_000)
            await employee.emit(
                "live_view:frame",
                .object([
                    "employeeId": .string(mira), "frameBase64": .string(Data(image).base64EncodedString()),
                    "ts": .string("picture \(number)"),
                ]))
            let arrived = await bytes(from: stream.output) { $0.suffix(11) == Array("\r\n--frame\r\n".utf8)[...] }
            let text = String(decoding: arrived, as: UTF8.self)
            #expect(text.contains("X-Frame-Timestamp: picture \(number)\r\n"))
            #expect(arrived.firstRange(of: image) != nil)
        }
        // The end of a watcher behind a proxy is heard as well.
        stream.send(SIGTERM)
        try await employee.expect("42[\"live_view:terminate\"")
        async let asked = run(
            "curl", "-sS", "-H", "Authorization: Bearer \(token)", "\(proxy.url)/api/live/\(mira)/frame")
        try await employee.expect("42[\"live_view:initiate\"")
        let image = try EncodedPNG.bytes(width: 3, height: 2)
        await employee.emit(
            "live_view:frame",
            .object([
                "employeeId": .string(mira), "frameBase64": .string(Data(image).base64EncodedString()),
                "ts": .string("1"),
            ]))
        #expect(try await asked.output == image)
        _ = await server.stop()
    }
}
