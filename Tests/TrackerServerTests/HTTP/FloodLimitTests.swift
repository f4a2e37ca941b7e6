import JSON
import Shared
import Testing

@testable import TrackerServer

/// What is more than the server takes on is refused at once, counted, and leaves the rest alone.
@Suite(.timeLimit(.minutes(2))) struct FloodLimitTests {
    private func refusals(_ server: TestServer, _ what: String) async throws -> Int {
        let text = try await server.get(APIPath.metrics).text
        let line = try #require(text.firstMatch(of: try Regex(#"tracker_refusals_total\{what="\#(what)"\} (\d+)"#)))
        return Int(line.output[1].substring ?? "") ?? -1
    }

    private func gauge(_ server: TestServer, _ name: String) async throws -> Int {
        let text = try await server.get(APIPath.metrics).text
        let line = try #require(text.firstMatch(of: try Regex("\n\(name) (\\d+)")))
        return Int(line.output[1].substring ?? "") ?? -1
    }

    @Test func anAddressHasSoManyConnectionsAndOthersGoOn() async throws {
        try await TestServer.run(["MAX_CONNECTIONS_PER_ADDRESS": "4", "HOST": "::", "INSECURE_HTTP": "1"]) { server in
            let request = "GET \(APIPath.health) HTTP/1.1\r\nHost: localhost\r\n\r\n"
            var wires: [Wire] = []
            for _ in 0..<4 {
                let wire = try Wire(port: server.port)
                try await wire.send(request)
                try await wire.reply().expect(200)
                wires.append(wire)
            }
            let surplus = try Wire(port: server.port)
            #expect(try await surplus.isEnded())
            let other = try Wire(port: server.port, address: "::1")
            try await other.send(request)
            try await other.reply().expect(200)
            // Those that were there are still served.
            try await wires[0].send(request)
            try await wires[0].reply().expect(200)
            #expect(server.environment.connections.count == 5)
            for wire in wires.dropFirst() { await wire.close() }
            while server.environment.connections.count > 2 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(try await refusals(server, "connection") == 1)
        }
    }

    /// Bodies that never come.
    @Test func thereAreSoManyRequestsUnderWay() async throws {
        try await TestServer.run(["MAX_REQUESTS_PER_ADDRESS": "3"]) { server in
            let head = "POST \(APIPath.login) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            var wires: [Wire] = []
            for number in 1...3 {
                let wire = try Wire(port: server.port)
                try await wire.send(head + "Content-Length: 10\r\n\r\n{")
                wires.append(wire)
                while server.environment.requests.count < number { try await Task.sleep(for: .milliseconds(1)) }
            }
            let refused = try await server.get(APIPath.health)
            try refused.expectError(503, "busy")
            #expect(refused["retry-after"] == "1")
            #expect(refused["connection"] == "close")
            for wire in wires { await wire.close() }
            while server.environment.requests.count > 0 { try await Task.sleep(for: .milliseconds(1)) }
            try await server.get(APIPath.health).expect(200)
            #expect(try await refusals(server, "request") == 1)
            // The one that asks.
            #expect(try await gauge(server, "tracker_requests_under_way") == 1)
        }
    }

    @Test func thereAreSoManySockets() async throws {
        try await TestServer.run(["MAX_SOCKETS": "2"]) { server in
            let (eva, bob) = (try await server.employee("eva"), try await server.employee("bob"))
            let first = try await PollingSocket.join(server, as: eva)
            let second = try await PollingSocket.join(server, as: eva)
            let refused = try await PollingSocket.opened(server)
            try await refused.connect(.object(JSONObject([("token", .string(bob.token))])))
            #expect(try await refused.packet("44").contains("too many connections"))
            #expect(try await refusals(server, "socket") == 1)
            #expect(try await gauge(server, "tracker_sockets") == 2)
            withExtendedLifetime((first, second)) {}
        }
    }

    @Test func anEmployeeSendsSoManyImagesWithinAnHour() async throws {
        try await TestServer.run(["UPLOADS_PER_HOUR": "2"]) { server in
            let (eva, bob) = (try await server.employee("eva"), try await server.employee("bob"))
            let key = "6f9b1c1e-5b1a-4f43-8a55-3a54f9d0c001"
            try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": key]).expect(201)
            // What is not stored does not count: the same again, and what is no image.
            try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": key]).expect(200)
            try await server.upload(.image(Array("no image".utf8)), as: eva).expect(415)
            try await server.upload(.image(), as: eva).expect(201)
            let refused = try await server.upload(.image(), as: eva)
            try refused.expectError(429, "too_many_uploads")
            #expect(refused["retry-after"] == "3600")
            // Nor is it refused then.
            try await server.upload(.image(), as: eva, headers: ["Idempotency-Key": key]).expect(200)
            try await server.upload(.image(), as: bob).expect(201)
            #expect(try await refusals(server, "upload") == 1)
            server.clock.advance(seconds: 3600)
            try await server.upload(.image(), as: try await server.login("eva")).expect(201)
        }
    }

    @Test func anEmployeeSendsSoManyBytesWithinAnHour() async throws {
        let image = TestImage.png(ofSize: 1000)
        try await TestServer.run(["UPLOAD_BYTES_PER_HOUR": "2500"]) { server in
            let eva = try await server.employee("eva")
            try await server.upload(.image(image), as: eva).expect(201)
            try await server.upload(.image(image), as: eva).expect(201)
            let names = try server.folders.names(in: "images")
            try await server.upload(.image(image), as: eva).expectError(429, "too_many_uploads")
            try await server.upload(.image(image), as: eva).expectError(429, "too_many_uploads")
            #expect(try server.folders.names(in: "images") == names)
        }
    }
}
