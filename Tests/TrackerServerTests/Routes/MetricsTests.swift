import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// `GET /metrics`, as Prometheus asks for it on the server's own machine.
@Suite(.timeLimit(.minutes(2)))
struct MetricsTests {
    // MARK: The form

    @Test func prometheusAcceptsTheTextWhateverWasAskedBefore() async throws {
        let folder = try TemporaryFolder()
        try await TestServer.run { server in
            let eva = try await server.employee()
            try await server.upload(.image(), as: eva).expect(201)
            for path in Self.hostilePaths {
                for method in ["GET", "DELETE", "PROPFIND", "M-SEARCH"] {
                    _ = try await server.send(method, path)
                }
            }
            let reply = try await server.get(APIPath.metrics)
            reply.expect(200)
            #expect(reply["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(reply["cache-control"] == "no-store")
            let text = String(decoding: reply.body, as: UTF8.self)
            for metric in Metric.allCases {
                #expect(text.contains("\n# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"), "\(metric)")
                #expect(text.contains(try Regex("\n\(metric.rawValue)(_count)?[ {]")), "\(metric)")
            }
            for word in ["hostile", "PROPFIND", "M-SEARCH", "eva"] { #expect(!text.contains(word), "\(text)") }
            try folder.write(reply.body, to: "metrics")
            let check = try await run(["sh", "-c", "promtool check metrics < \(folder.path)/metrics"])
            #expect(check.status == 0, "\(check.errors)\n\(text)")
            #expect(check.errors == "")
        }
    }

    private static let hostilePaths = [
        "/hostile", "/hostile\"} 1\\", "/%22%7D%0Ahostile%201", "/%5C%22hostile", "/api/employees/hostile%22%0A", "/%",
        "/api/hostile%", "/downloads/hostile%00", "/uploads/hostile\u{e9}\u{202e}", "//hostile?hostile=\"",
        "/api/live/hostile%0A%22%7D/frame", "/" + String(repeating: "hostile", count: 1000),
    ]

    @Test func headAnswersAsGet() async throws {
        try await TestServer.run { server in
            let reply = try await server.send("HEAD", APIPath.metrics)
            reply.expect(200)
            #expect(reply["content-type"] == PrometheusText.mediaType)
            #expect(reply.body.isEmpty)
        }
    }

    // MARK: The numbers

    @Test func everyRequestIsCountedOnce() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee()
            for _ in 0..<3 { try await server.get("/downloads/").expect(200) }
            for _ in 0..<2 { try await server.send("HEAD", APIPath.health).expect(200) }
            for _ in 0..<4 { try await server.get("/api/nothing").expect(404) }
            for name in ["x", "y"] { try await server.delete("/api/employees/\(name)", as: admin).expect(404) }
            try await server.get("/api/employees/x").expect(405)
            try await server.send("OPTIONS", APIPath.organization).expect(204)
            try await server.send("PROPFIND", APIPath.organization).expect(405)
            try await server.get(APIPath.organization).expect(401)
            try await server.get(APIPath.organization, as: eva).expect(403)
            try await server.get(APIPath.metrics).expect(200)
            let samples = try await Samples(server)
            let expected: [String: Double] = [
                #"method="POST",route="/api/auth/login",status="200""#: 3,
                #"method="POST",route="/api/employees",status="201""#: 1,
                #"method="GET",route="/downloads/",status="200""#: 3, #"method="HEAD",route="/health",status="200""#: 2,
                #"method="GET",route="unknown",status="404""#: 4,
                #"method="DELETE",route="/api/employees/{email}",status="404""#: 2,
                #"method="GET",route="/api/employees/{email}",status="405""#: 1,
                #"method="OPTIONS",route="/api/org",status="204""#: 1,
                #"method="other",route="/api/org",status="405""#: 1, #"method="GET",route="/api/org",status="401""#: 1,
                #"method="GET",route="/api/org",status="403""#: 1, #"method="GET",route="/metrics",status="200""#: 1,
            ]
            #expect(samples.all("tracker_http_requests_total") == expected)
            let timed = samples.all("tracker_http_request_duration_seconds_count")
            #expect(
                timed == [
                    #"route="/api/auth/login""#: 3, #"route="/api/employees""#: 1, #"route="/downloads/""#: 3,
                    #"route="/health""#: 2, #"route="unknown""#: 4, #"route="/api/employees/{email}""#: 3,
                    #"route="/api/org""#: 4, #"route="/metrics""#: 1,
                ])
        }
    }

    @Test func aBodyThatIsNoHTTPIsCountedAndAHeadThatIsNoneIsNot() async throws {
        try await TestServer.run { server in
            for request in [
                "POST \(APIPath.login) HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\nno size\r\n",
                "no HTTP\r\n\r\n", "GET /health HTTP/1.1\r\n\r\n",
            ] {
                let wire = try Wire(port: server.port)
                try await wire.send(request)
                try await wire.reply().expectError(400, "bad_request")
            }
            #expect(
                try await Samples(server).all("tracker_http_requests_total") == [
                    #"method="POST",route="/api/auth/login",status="400""#: 1
                ])
        }
    }

    @Test func workIsCountedOnceItIsDone() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let before = try await Samples(server)
            try await server.post(APIPath.workHeartbeat, as: eva).expect(404)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            for _ in 0..<3 { try await server.post(APIPath.workHeartbeat, as: eva).expect(200) }
            try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds": -1}"#, as: eva).expect(400)
            let key = ["Idempotency-Key": "0b1b9a3e-35a4-4f1c-9d7e-0a6d4c1f2e3b"]
            try await server.upload(.image(), as: eva, headers: key).expect(201)
            try await server.upload(.image(), as: eva, headers: key).expect(200)
            try await server.upload(.image(TestImage.png(ofSize: 1000)), as: eva).expect(201)
            try await server.upload(.image([1, 2, 3]), as: eva).expect(415)
            let login = #"{"email": "eva@example.org", "password": "a wrong password"}"#
            for _ in 0..<2 { try await server.post(APIPath.login, login).expect(401) }
            try await server.post(APIPath.login, #"{"email": "nobody", "password": "a wrong password"}"#).expect(401)
            try await server.post(APIPath.login, #"{"email": "nobody"}"#).expect(400)
            let samples = try await Samples(server)
            #expect(samples["tracker_heartbeats_total"] == 3)
            #expect(samples["tracker_uploads_total"] == 2)
            #expect(samples["tracker_upload_bytes_total"] == Double(TestImage.png.count + 1000))
            #expect(samples["tracker_login_failures_total"] == 3)
            // Of what was stored above: a start, three heartbeats, two images and what the audit tells of three guesses, one after
            // the other.
            let flushes = "tracker_journal_flush_duration_seconds_count"
            #expect(try #require(samples[flushes]) - (try #require(before[flushes])) == 9)
        }
    }

    @Test func whatIsSoAtTheMomentIsReadWhenItIsAskedFor() async throws {
        try await TestServer.run { server in
            let (eva, manager) = (try await server.employee(), try await server.manager())
            var samples = try await Samples(server)
            for name in ["tracker_sockets", "tracker_watchers", "tracker_open_sessions"] { #expect(samples[name] == 0) }
            #expect(samples["process_start_time_seconds"] == 1_772_438_400)
            #expect(try #require(samples["process_resident_memory_bytes"]) > 10_000_000)
            for folder in ["data", "uploads"] {
                #expect(try #require(samples[#"tracker_disk_free_bytes{folder="\#(folder)"}"#]) > 0)
            }
            let socket = try await PollingSocket.join(server, as: eva)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            try await server.upload(.image(), as: eva).expect(201)
            let stream = try Wire(port: server.port)
            try await stream.send(
                "GET /api/live/\(eva.email)/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(manager.token)\r\n\r\n"
            )
            _ = try await stream.text(through: "\r\n\r\n")
            _ = try await socket.event(LiveEventName.liveViewInitiate)
            samples = try await Samples(server)
            #expect(samples["tracker_sockets"] == 1)
            #expect(samples["tracker_watchers"] == 1)
            #expect(samples["tracker_open_sessions"] == 1)
            #expect(
                samples.all("tracker_records") == [
                    #"file="users.json""#: 3, #"file="organization.json""#: 1, #"file="intervals.json""#: 0,
                    #"file="work_sessions.json""#: 1, #"file="corrections.json""#: 0, #"file="index.json""#: 1,
                    #"file="credentials.json""#: 3,
                ])
            // The stream goes on, and is counted already: how long somebody watches is in no histogram. Nor are polls.
            let route = #"{route="/api/live/{email}/stream"}"#
            #expect(samples["tracker_http_request_duration_seconds_count" + route] == 1)
            let polls = samples.all("tracker_http_requests_total").filter { $0.key.contains("/socket.io/") }
            #expect(polls.values.reduce(0, +) >= 3)
            #expect(samples[#"tracker_http_request_duration_seconds_count{route="/socket.io/"}"#] == nil)
        }
    }

    @Test func aFolderThatCantBeAskedIsNotANumber() async throws {
        try await TestServer.run { server in
            let (folder, hidden) = (server.folders.uploads, server.folders.root + "/hidden")
            try FileManager.default.moveItem(atPath: folder, toPath: hidden)
            let samples = try await Samples(server)
            #expect(samples[#"tracker_disk_free_bytes{folder="uploads"}"#]?.isNaN == true)
            #expect(samples[#"tracker_disk_free_bytes{folder="data"}"#]?.isNaN == false)
            try FileManager.default.moveItem(atPath: hidden, toPath: folder)
        }
    }

    @Test func aScrapeUnderLoadIsConsistent() async throws {
        try await TestServer.run { server in
            let (clients, requests) = (4, 200)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<clients {
                    group.addTask {
                        let wire = try Wire(port: server.port)
                        for _ in 0..<requests {
                            try await wire.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            _ = try await wire.reply()
                        }
                    }
                }
                var last = 0.0
                for _ in 0..<20 {
                    let samples = try await Samples(server)
                    let count = samples.checkHistogram("tracker_http_request_duration_seconds", route: "/health")
                    #expect(count >= last)
                    last = count
                }
                try await group.waitForAll()
            }
            let samples = try await Samples(server)
            #expect(
                samples.checkHistogram("tracker_http_request_duration_seconds", route: "/health")
                    == Double(clients * requests))
            #expect(
                samples[#"tracker_http_requests_total{method="GET",route="/health",status="200"}"#]
                    == Double(clients * requests))
        }
    }

    @Test func serversOfOneProcessCountForThemselves() async throws {
        try await TestServer.run { one in
            try await TestServer.run { other in
                _ = try await one.employee()
                for server in [one, other] { try await server.get(APIPath.health).expect(200) }
                let counted = try await Samples(other).all("tracker_http_requests_total")
                #expect(counted == [#"method="GET",route="/health",status="200""#: 1])
            }
        }
    }

    @Test func nothingIsCountedWhereItIsSwitchedOff() async throws {
        try await TestServer.run(["METRICS": "0"]) { server in
            let eva = try await server.employee()
            try await server.upload(.image(), as: eva).expect(201)
            try await server.get(APIPath.metrics).expectError(404, "not_found")
            try await server.get(APIPath.metrics, as: eva).expectError(403, "forbidden")
        }
    }

    // MARK: Who may ask

    @Test func managersMayAskFromEverywhereAndNobodyElseMay() async throws {
        try await TestServer.run { server in
            let (admin, manager) = (try await server.admin(), try await server.manager())
            let eva = try await server.employee()
            let elsewhere = ["X-Forwarded-For": "192.0.2.1"]
            for person in [admin, manager] {
                try await server.get(APIPath.metrics, as: person, headers: elsewhere).expect(200)
            }
            try await server.get(APIPath.metrics, headers: elsewhere).expectError(401, "unauthorized")
            // A token that is there counts, wherever it comes from.
            for headers in [[:], elsewhere] {
                try await server.get(APIPath.metrics, as: eva, headers: headers).expectError(403, "forbidden")
                try await server.get(APIPath.metrics, as: Person(email: "", token: "x.y.z"), headers: headers)
                    .expectError(401, "invalid_token")
            }
        }
    }

    @Test func aCookieIsGoodForThisServersOwnPages() async throws {
        try await TestServer.run { server in
            let (admin, eva) = (try await server.admin(), try await server.employee())
            func get(_ token: String, site: String) async throws -> Reply {
                try await server.get(
                    APIPath.metrics, headers: ["Cookie": "tracker_session=\(token)", "Sec-Fetch-Site": site])
            }
            for site in ["same-origin", "none"] { try await get(admin.token, site: site).expect(200) }
            for site in ["same-site", "cross-site"] {
                try await get(admin.token, site: site).expectError(403, "forbidden")
            }
            try await get(eva.token, site: "same-origin").expectError(403, "forbidden")
            try await get("x.y.z", site: "same-origin").expectError(401, "invalid_token")
        }
    }

    @Test(arguments: [
        "Forwarded: for=192.0.2.1", "X-Forwarded-For: 192.0.2.1", "X-Real-IP: 192.0.2.1", "Via: 1.1 proxy", "via: ",
        "Origin: https://elsewhere.example", "Sec-Fetch-Site: cross-site",
    ])
    func whatComesThroughAProxyOrFromAnotherSiteNeedsAToken(header: String) async throws {
        try await TestServer.run { server in
            try await reply(server, header: header).expectError(401, "unauthorized")
        }
    }

    @Test(arguments: [
        ("localhost", 200), ("127.0.0.1:4000", 200), ("[::1]", 200), ("tracker.example", 401),
        ("localhost.example", 401), ("127.0.0.1.example:4000", 401), ("[::1].example", 401),
    ])
    func aForgedHostNeedsAToken(host: String, status: Int) async throws {
        try await TestServer.run { server in
            try await reply(server, host: host).expect(status)
        }
    }

    @Test func thisMachineHasAnAddressOfVersionSixToo() async throws {
        try await TestServer.run(["HOST": "::1"]) { server in
            try await reply(server, address: "::1", host: "[::1]:\(server.port)").expect(200)
            try await reply(server, address: "::1", host: "tracker.example").expectError(401, "unauthorized")
            try await reply(server, address: "::1", header: "Via: 1.1 proxy").expectError(401, "unauthorized")
        }
    }

    /// Who listens on all addresses sees those of version 4 in version 6's form.
    @Test func aServerOnAllAddressesKnowsThisMachine() async throws {
        try await TestServer.run(["HOST": "::"]) { server in
            for address in ["127.0.0.1", "::1"] { try await reply(server, address: address).expect(200) }
        }
    }

    private func reply(
        _ server: TestServer, address: String = "127.0.0.1", host: String = "localhost", header: String? = nil
    ) async throws -> Reply {
        let wire = try Wire(port: server.port, address: address)
        let header = header.map { $0 + "\r\n" } ?? ""
        try await wire.send("GET /metrics HTTP/1.1\r\nHost: \(host)\r\n\(header)\r\n")
        return try await wire.reply()
    }
}

/// What a scrape has found: names with their labels as they stand there, and numbers.
private struct Samples {
    private var numbers: [String: Double] = [:]

    init(_ server: TestServer) async throws {
        let reply = try await server.get(APIPath.metrics)
        reply.expect(200)
        for line in reply.text.split(separator: "\n") where !line.hasPrefix("#") {
            let space = try #require(line.lastIndex(of: " "))
            let name = String(line[..<space])
            try #require(numbers[name] == nil, "\(name) stands twice")
            let number = try #require(Double(String(line[line.index(after: space)...])), "\(line)")
            numbers[name] = number
        }
    }

    subscript(name: String) -> Double? { numbers[name] }

    /// Those of one name by their labels.
    func all(_ name: String) -> [String: Double] {
        numbers.reduce(into: [:]) { result, sample in
            guard sample.key.hasPrefix(name + "{") else { return }
            result[String(sample.key.dropFirst(name.count + 1).dropLast())] = sample.value
        }
    }

    /// Checks that the buckets add up.
    /// - Returns: how many were counted.
    func checkHistogram(_ name: String, route: String) -> Double {
        let buckets = Histogram.bounds.map { bound in
            let text = Int64(exactly: bound).map { String($0) } ?? "\(bound)"
            return numbers[#"\#(name)_bucket{route="\#(route)",le="\#(text)"}"#] ?? 0
        }
        let count = numbers[#"\#(name)_count{route="\#(route)"}"#] ?? 0
        #expect(zip(buckets, buckets.dropFirst()).allSatisfy { $0 <= $1 })
        #expect((buckets.last ?? 0) <= count)
        #expect(numbers[#"\#(name)_bucket{route="\#(route)",le="+Inf"}"#] ?? 0 == count)
        return count
    }
}
