import JSON
import Shared
import Testing

/// What the server answers an employee's client that asks for acknowledgements.
@Suite(.timeLimit(.minutes(2)))
struct WatchersTests {
    private let mira = "mira@harbour.example"

    @Test func anEmployeeWhoAsksIsToldWhoWatches() async throws {
        let server = try await LiveServer.start()
        try await server.hire(mira, password: "mira's own password")
        let employee = try await RawWebSocket.join(
            port: server.port, token: try await server.login(mira, "mira's own password"))
        try await employee.expect("42[\"interval:assigned\"")
        let manager = try await RawWebSocket.join(port: server.port, token: try await server.login())
        try await manager.expect("42[\"presence:list\"")
        let frame = #"["live_view:frame",{"employeeId":"\#(mira)","frameBase64":"AAAA","ts":1}]"#
        await employee.send("421\(frame)")
        try await employee.expect(#"431[{"watchers":[]}]"#)

        await manager.emit("live_view:start", .object(["employeeId": .string(mira)]))
        try await employee.expect("42[\"live_view:initiate\"")
        await employee.send("422\(frame)")
        try await employee.expect(#"432[{"watchers":["\#(LiveServer.administrator)"]}]"#)
        // Watchers get it as it came, and are not asked for anything.
        try await manager.expect("42\(frame)")

        await employee.send(#"423["live_view:frame",{"employeeId":"jonas","frameBase64":"AAAA","ts":1}]"#)
        await employee.send(#"424["live_view:terminate",{"by":"\#(mira)"}]"#)
        try await employee.expect(#"434[{"watchers":[]}]"#)
        try await manager.expect(#"42["live_view:terminate",{"by":"\#(mira)"}]"#)
        await employee.send("425\(frame)")
        try await employee.expect(#"435[{"watchers":[]}]"#)
        // A manager is answered nothing.
        await manager.send(#"426["live_view:terminate",{"by":"\#(mira)"}]"#)
        await manager.send("427\(frame)")
        await manager.emit("live_view:start", .object(["employeeId": .string(mira)]))
        try await employee.expect("42[\"live_view:initiate\"")
        await employee.send("42\(frame)")
        try await manager.expect("42\(frame)")
        _ = await server.stop()
    }
}
