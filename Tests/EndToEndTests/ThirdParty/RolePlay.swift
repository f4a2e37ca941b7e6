import Crypto
import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// A manager and an employee with another maker's client each, on a server of their own.
struct RolePlay {
    static let mira = "mira@harbour.example"
    static let jonas = "jonas@harbour.example"
    static let password = "mira's own password"

    /// What the clients call it; python-socketio has no other word for a WebSocket that the server closes.
    private static let closedByServer = ["transport close", "io server disconnect", "transport error"]

    let server: LiveServer
    let transports: [String]
    let manager: PeerProgram
    let employee: PeerProgram
    private let boss: String

    /// Plays everything from the first connect to the removal of the account.
    static func play(
        _ maker: PeerClient.Maker, _ transports: [String], tls: TestCertificate? = nil
    ) async throws {
        async let manager = PeerClient.start(maker, trusting: tls?.certificate)
        async let employee = PeerClient.start(maker, trusting: tls?.certificate)
        // A client that vanishes while polling is missed after both times.
        let server = try await LiveServer.start(
            [
                "JWT_SECRET": ForgedToken.secret, "SOCKET_PING_INTERVAL_MS": "1500", "SOCKET_PING_TIMEOUT_MS": "4000",
            ], tls: tls)
        for email in [mira, jonas] { try await server.hire(email, password: password) }
        let play = RolePlay(
            server: server, transports: transports, manager: try await manager, employee: try await employee,
            boss: try await server.login())
        try await play.presenceAndIntervals()
        try await play.liveView()
        try await play.endsOfLiveView()
        try await play.comingBack()
        try await play.refusals(withHeaders: maker == .python || transports[0] == "polling")
        try await play.revocations()
        #expect(await play.manager.unexpected == [])
        #expect(await play.employee.unexpected == [])
        await play.manager.end()
        await play.employee.end()
        #expect(await server.stop() == 0)
    }

    // MARK: Helpers

    private func payload(_ key: JSONString, _ value: String) -> JSONValue {
        .object(JSONObject([(key, .string(value))]))
    }
    private func by(_ name: String) -> JSONValue { payload("by", name) }

    private var miraIsOffline: JSONValue {
        .object(["by": .string(Self.mira), "reason": .string(LiveViewTerminate.offline)])
    }

    private func interval(_ seconds: Int) -> JSONValue {
        IntervalAssigned(employeeID: Self.mira, interval: .seconds(seconds)).json
    }

    private func miraJoins(_ options: [(JSONString, JSONValue)] = []) async throws {
        let token = try await server.login(Self.mira, Self.password)
        try await employee.join(server.url, transports, token: token, options)
        #expect(try await employee.message("interval:assigned") == interval(300))
    }

    // MARK: Scenes

    private func presenceAndIntervals() async throws {
        try await manager.join(server.url, transports, token: boss)
        #expect(try await manager.message("presence:list") == .object(["users": .array([])]))
        // Only the token says who somebody is.
        let claims = JSONValue.object(["userId": .string(LiveServer.administrator), "role": .string("admin")])
        let token = try await server.login(Self.mira, Self.password)
        try await employee.join(server.url, transports, token: token, [("query", claims)])
        #expect(try await employee.message("interval:assigned") == interval(120))
        #expect(try await manager.message("presence:online") == payload("userId", Self.mira))
        try await server.call(
            "POST", APIPath.captureInterval, token: boss,
            .object(["employeeId": .string(Self.mira), "intervalMinutes": .number(5)]))
        #expect(try await employee.message("interval:assigned") == interval(300))
    }

    private func liveView() async throws {
        try await employee.emit("live_view:start", payload("employeeId", Self.jonas))
        for watched in [Self.jonas, Self.mira] {
            try await manager.emit("live_view:start", payload("employeeId", watched))
        }
        #expect(try await employee.message("live_view:initiate") == by(LiveServer.administrator))

        let image = Data((0..<45_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }).base64EncodedString()
        let frame = JSONValue.object([
            "ts": .string("2026-03-02T10:00:00.000Z"), "frameBase64": .string(image), "employeeId": .string(Self.mira),
            "more": .array([.null, .string("é😀\u{2028}\"\\")]),
        ])
        // Of somebody else, who is watched as well: the first that arrives is the next one.
        let strange = JSONValue.object([
            "employeeId": .string(Self.jonas), "frameBase64": .string("AAAA"),
            "ts": .string("2026-03-02T09:00:00.000Z"),
        ])
        for payload in [strange, frame] { try await employee.emit("live_view:frame", payload) }
        #expect(try await manager.message("live_view:frame") == frame)

        try await manager.emit("live_view:stop", payload("employeeId", Self.mira))
        #expect(try await employee.message("live_view:terminate") == by(LiveServer.administrator))
    }

    private func endsOfLiveView() async throws {
        let target = payload("employeeId", Self.mira)
        try await manager.emit("live_view:start", target)
        #expect(try await employee.message("live_view:initiate") == by(LiveServer.administrator))
        try await employee.emit("live_view:terminate", by(Self.mira))
        #expect(try await manager.message("live_view:terminate") == by(Self.mira))

        try await manager.emit("live_view:start", target)
        #expect(try await employee.message("live_view:initiate") == by(LiveServer.administrator))
        try await manager.leave()
        #expect(try await employee.message("live_view:terminate") == by(LiveServer.administrator))
    }

    private func comingBack() async throws {
        try await manager.join(server.url, transports, token: boss)
        #expect(try await manager.message("presence:list") == .object(["users": .array([.string(Self.mira)])]))
        try await manager.emit("live_view:start", payload("employeeId", Self.mira))
        #expect(try await employee.message("live_view:initiate") == by(LiveServer.administrator))
        for politely in [true, false] {
            try await employee.leave(politely: politely)
            #expect(try await manager.message("live_view:terminate") == miraIsOffline)
            #expect(try await manager.message("presence:offline") == payload("userId", Self.mira))
            try await miraJoins()
            #expect(try await employee.message("live_view:initiate") == by(LiveServer.administrator))
            #expect(try await manager.message("presence:online") == payload("userId", Self.mira))
        }
        try await manager.leave(politely: false)
        #expect(try await employee.message("live_view:terminate") == by(LiveServer.administrator))
    }

    /// The manager's client is free, and now anybody's.
    private func refusals(withHeaders: Bool) async throws {
        let revoked = try await server.login(Self.jonas, Self.password)
        try await server.call("POST", APIPath.logout, token: revoked)
        let expired = try ForgedToken.token(boss, expiringIn: -5)
        let payloads: [JSONValue?] =
            [nil, .object(["token": .number(1)])]
            + ["", "no token", boss + "x", revoked, expired].map { payload("token", $0) }
        for auth in payloads {
            try await manager.connect(server.url, transports, auth.map { [(JSONString("auth"), $0)] } ?? [])
            let refusal = try await manager.event("connect_error")
            #expect(refusal["message"]?.text == LiveCredentials.refusal)
            #expect(refusal["data"] == payload("message", LiveCredentials.refusal))
        }
        let token = try await server.login()
        if withHeaders {
            let headers = payload("Authorization", "Bearer \(token)")
            try await manager.connect(server.url, transports, [("headers", headers)])
            _ = try await manager.event("connect")
            if transports.count > 1 { _ = try await manager.event("upgrade") }
        } else {
            try await manager.join(server.url, transports, token: token)
        }
        #expect(try await manager.message("presence:list") == .object(["users": .array([.string(Self.mira)])]))
    }

    /// What ends a token ends its sockets.
    private func revocations() async throws {
        let ends: [(LiveServer, String) async throws -> Void] = [
            { server, _ in
                try await server.call(
                    "POST", "/api/employees/\(Self.mira)/password", token: try await server.login(),
                    .object(["password": .string(Self.password)]))
            },
            { server, token in try await server.call("POST", APIPath.logout, token: token) },
            { server, _ in
                try await server.call("DELETE", "/api/employees/\(Self.mira)", token: try await server.login())
            },
        ]
        for (number, end) in ends.enumerated() {
            let token = try await server.login(Self.mira, Self.password)
            if number > 0 {
                try await employee.join(server.url, transports, token: token)
                #expect(try await employee.message("interval:assigned") == interval(300))
                #expect(try await manager.message("presence:online") == payload("userId", Self.mira))
            }
            try await end(server, token)
            let reason = try #require(try await employee.event("disconnect")["reason"]?.text)
            #expect(Self.closedByServer.contains(reason))
            #expect(try await manager.message("presence:offline") == payload("userId", Self.mira))
        }
    }
}

/// Tokens that a server with this secret takes for its own (RFC 7515, HS256).
enum ForgedToken {
    static let secret = "a secret that only tests may know"

    /// What that token says, with another end.
    static func token(_ token: String, expiringIn seconds: Int) throws -> String {
        let parts = token.split(separator: ".").map(String.init)
        try #require(parts.count == 3)
        var text = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        text += String(repeating: "=", count: (4 - text.count % 4) % 4)
        let decoded = try #require(Data(base64Encoded: text))
        var claims = try #require(try JSONReader.value(of: Array(decoded)).object)
        claims["exp"] = .number(Int(Date().timeIntervalSince1970) + seconds)
        let signed = parts[0] + "." + base64URL(Data(JSONWriter.bytes(of: .object(claims), .compact)))
        let key = SymmetricKey(data: Data(secret.utf8))
        return signed + "." + base64URL(Data(HMAC<SHA256>.authenticationCode(for: Data(signed.utf8), using: key)))
    }

    private static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
