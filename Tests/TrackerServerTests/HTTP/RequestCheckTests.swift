import JSON
import Shared
import Testing

@testable import TrackerServer

/// The checks of every request, and their order: path, method, token, role, content type, size, fields, state.
struct RequestCheckTests {
    @Test func theFirstFailingCheckAnswers() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            let admin = try await server.admin()
            let bad = Person(email: "", token: "bad")
            let large = String(repeating: " ", count: Limits.jsonBody + 1)
            func post(_ body: String, _ type: String, _ path: String, _ person: Person?) async throws -> Reply {
                try await server.post(path, body, as: person, headers: ["Content-Type": type])
            }
            try await post(large, "text/plain", "/api/nothing", bad).expectError(404, "not_found")
            try await server.send("PUT", "/api/employees", as: bad, body: [1]).expectError(405, "method_not_allowed")
            try await post(large, "text/plain", "/api/employees", nil).expectError(401, "unauthorized")
            try await post(large, "text/plain", "/api/employees", bad).expectError(401, "invalid_token")
            try await post(large, "text/plain", "/api/employees", employee).expectError(403, "forbidden")
            try await post(large, "text/plain", "/api/employees?%", admin).expectError(415, "unsupported_media_type")
            try await post(large, "application/json", "/api/employees?%", admin).expectError(413, "payload_too_large")
            try await post("{", "application/json", "/api/employees", admin).expectError(400, "invalid_json")
            try await post("{}", "application/json", "/api/employees", admin).expectError(400, "invalid_field")
            try await server.post("/api/employees", #"{"email": "EVA@example.org"}"#, as: admin)
                .expectError(409, "conflict")
        }
    }

    @Test func theThreeSentencesOfAccessAreVerbatim() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            try await server.get("/api/org").expect(401, #"{"error":"Unauthorized","code":"unauthorized"}"#)
            try await server.get("/api/org", as: Person(email: "", token: "x.y.z"))
                .expect(401, #"{"error":"Invalid token","code":"invalid_token"}"#)
            try await server.get("/api/org", as: employee).expect(403, #"{"error":"Forbidden","code":"forbidden"}"#)
        }
    }

    @Test(arguments: ["", "Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer a.b.c", "bearer \u{e9}"])
    func aBrokenAuthorizationHeaderIsNoToken(header: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.get("/api/org", headers: ["Authorization": header])
            #expect(reply.status == 401)
            #expect(try reply[member: "error"]?.text == "Invalid token")
        }
    }

    @Test func aTokenStandsOnce() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let header = ["authorization": "Bearer \(admin.token)"]
            try await server.get("/api/org", as: admin, headers: header).expectError(401, "invalid_token")
            try await server.get("/api/org", headers: ["Authorization": "Bearer Bearer \(admin.token)"])
                .expectError(401, "invalid_token")
        }
    }

    @Test func theSchemeOfATokenIsReadWithoutCase() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let reply = try await server.get("/api/org", headers: ["Authorization": "bearer \(admin.token)"])
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: [
        ("/api/nothing", "GET"), ("/api", "GET"), ("/api/org/", "GET"), ("//api/org", "GET"), ("/uploads", "GET"),
        ("/uploads/", "GET"), ("/index.html", "GET"), ("/.env", "GET"), ("/data/users.json", "GET"),
        ("/%", "GET"), ("/%00", "POST"), ("/api/employees/%ff", "DELETE"), ("*", "OPTIONS"),
        ("/" + String(repeating: "x", count: 8000), "GET"),
    ])
    func anUnknownPathIsNotFound(path: String, method: String) async throws {
        try await TestServer.run { server in
            try await server.send(method, path).expectError(404, "not_found")
        }
    }

    @Test(arguments: [
        (APIPath.health, "POST", "GET, HEAD"), (APIPath.login, "GET", "POST"),
        (APIPath.organization, "DELETE", "GET, HEAD, POST"), ("/api/employees/x", "GET", "DELETE, PATCH"),
        (APIPath.uploadScreenshot, "PUT", "POST"), ("/uploads/x", "POST", "DELETE, GET, HEAD"),
        (APIPath.login, "HEAD", "POST"), (APIPath.organization, "PATCH", "GET, HEAD, POST"),
        (APIPath.start, "TRACE", "GET, HEAD"),
    ])
    func aWrongMethodIsToldTheRightOnes(path: String, method: String, allow: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.send(method, path)
            #expect(reply.status == 405)
            #expect(reply["allow"] == allow)
            if method != "HEAD" { try reply.expectError(405, "method_not_allowed") }
        }
    }

    @Test func headAnswersAsGetWithoutTheBody() async throws {
        try await TestServer.run { server in
            let employee = try await server.employee()
            let admin = try await server.admin()
            let upload = try await server.upload(.image(), as: employee)
            let file = try #require(try upload[member: "file"]?.text)
            let paths = [
                APIPath.health, APIPath.start, APIPath.downloads, APIPath.organization, APIPath.employees,
                APIPath.managers, APIPath.captureIntervals, APIPath.captureInterval + "?employeeId=eva@example.org",
                APIPath.workSummaryToday, APIPath.workSessionsToday, APIPath.uploadsList, APIPath.activityRecent,
                "/" + file, "/api/nothing", APIPath.captureInterval,
            ]
            for path in paths {
                let wire = try Wire(port: server.port)
                let rest = "Host: localhost\r\nAuthorization: Bearer \(admin.token)\r\n\r\n"
                try await wire.send("HEAD \(path) HTTP/1.1\r\n\(rest)GET \(path) HTTP/1.1\r\n\(rest)")
                let head = try await wire.reply(hasBody: false)
                // If HEAD had sent a body, this would be it.
                let get = try await wire.reply()
                #expect(head.status == get.status, "\(path)")
                #expect(head["content-type"] == get["content-type"], "\(path)")
                if path != APIPath.health { #expect(head["content-length"] == get["content-length"], "\(path)") }
                #expect(!get.body.isEmpty, "\(path)")
            }
        }
    }

    @Test(arguments: [
        (APIPath.uploadsList, "employee=mira", "employeeId, from, to, limit, before"),
        (APIPath.uploadsList, "employeeId=mira&EMPLOYEEID=mira", "employeeId, from, to, limit, before"),
        (APIPath.workSummaryToday, "date=2026-11-27", ""), (APIPath.workSessionsToday, "x", ""),
        (APIPath.activityRecent, "limit=3", ""), (APIPath.employees, "=", ""), (APIPath.managers, "page=2", ""),
        (APIPath.captureInterval, "employeeID=mira", "employeeId"), (APIPath.captureIntervals, "employeeId=mira", ""),
        (APIPath.organization, "%20", ""), (APIPath.presence, "a&b", ""), ("/api/live/mira/frame", "before=1", "after"),
        ("/api/live/mira/stream", "after=1", ""),
    ])
    func anUnknownQueryParameterIsNamedWithTheKnownOnes(path: String, query: String, known: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.get("\(path)?\(query)", as: try await server.admin())
            try reply.expectError(400, "invalid_field")
            let sentence = try #require(try reply[member: "error"]?.text)
            let names = known.isEmpty ? "it takes none." : known.replacing(", ", with: "\", \"")
            #expect(sentence.contains("is no query parameter") && sentence.contains(names), "\(sentence)")
        }
    }

    /// In its place: after the content's type and size, before what the body says.
    @Test func everyRouteBelowAPIChecksItsQuery() async throws {
        try await TestServer.run { server in
            let (admin, eva) = (try await server.admin(), try await server.employee("eva"))
            let requests = [
                ("POST", APIPath.login, nil), ("POST", APIPath.refresh, admin), ("POST", APIPath.employees, admin),
                ("DELETE", "/api/employees/nobody", admin), ("DELETE", "/api/capture-interval/nobody", admin),
                ("POST", APIPath.captureInterval, admin), ("POST", APIPath.workStart, eva),
                ("POST", APIPath.workHeartbeat, eva), ("GET", APIPath.workMe, eva),
            ]
            for (method, path, person) in requests {
                let reply = try await server.send(
                    method, path + "?verbose=1", as: person, headers: ["Content-Type": "application/json"],
                    body: method == "POST" ? Array("{".utf8) : nil)
                try reply.expectError(400, "invalid_field")
                #expect(
                    try reply[member: "error"]?.text == "\"verbose\" is no query parameter of this path; it takes none."
                )
            }
            try await server.send("POST", APIPath.workStart + "?verbose=1", as: admin).expectError(403, "forbidden")
            try await server.send("POST", APIPath.employees + "?verbose=1", as: admin, body: [1])
                .expectError(415, "unsupported_media_type")
            try await server.upload(TestForm.image().body, as: eva, query: "?a=b").expectError(400, "invalid_field")
        }
    }

    @Test func aQueryParameterStandsOnce() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            for query in ["limit=1&limit=1", "limit=1&limi%74=2", "to=&to="] {
                let reply = try await server.get("\(APIPath.uploadsList)?\(query)", as: admin)
                try reply.expectError(400, "invalid_field")
                #expect(try reply[member: "error"]?.text?.hasSuffix("must stand only once in the query.") == true)
            }
            try await server.get(APIPath.uploadsList + "?&limit=1&", as: admin).expect(200)
        }
    }

    @Test func pathsOutsideOfAPITakeAnyQuery() async throws {
        try await TestServer.run { server in
            for path in [APIPath.health, APIPath.start, APIPath.downloads] {
                try await server.get(path + "?a=1&a=2&_=3").expect(200)
            }
            let eva = try await server.employee("eva")
            let file = try #require(try await server.upload(.image(), as: eva)[member: "file"]?.text)
            try await server.get("/\(file)?v=1", as: eva).expect(200)
        }
    }

    @Test(arguments: ["/api/live/nobody/stream", "/api/live/eva@example.org/stream", "/api/live/nobody/frame"])
    func headOfWhatIsNotThereIsNotFound(path: String) async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let admin = try await server.admin()
            try await server.get(path, as: admin).expectError(404, "not_found")
            #expect(try await server.send("HEAD", path, as: admin).status == 404)
        }
    }

    /// As curl sends what a person types.
    @Test func bytesOverASCIIInTheTargetCountAsEscaped() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let tomas = try await server.employee("Tomás.R@harbour.example")
            let upload = try await server.upload(.image(), as: tomas)
            #expect(upload.status == 201)
            for query in ["Tomás.R@harbour.example", "Tom%C3%A1s.R@harbour.example"] {
                let reply = try await server.get("\(APIPath.uploadsList)?employeeId=\(query)", as: admin)
                #expect(reply.status == 200)
                #expect(try reply.json.array?.count == 1)
            }
            // Bytes that are no UTF-8 are a broken escape, like those that are written as one.
            let wire = try Wire(port: server.port)
            try await wire.send(
                Array("GET \(APIPath.uploadsList)?employeeId=Tom".utf8) + [0xE1]
                    + Array("s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(admin.token)\r\n\r\n".utf8))
            try await wire.reply().expectError(400, "bad_request")
            try await server.delete("/api/employees/Tomás.R@harbour.example", as: admin).expect(204)
        }
    }

    @Test func answersAreNeverKeptByCaches() async throws {
        try await TestServer.run { server in
            let reply = try await server.get(APIPath.organization, as: try await server.admin())
            #expect(reply["cache-control"] == "no-store")
            #expect(reply["x-content-type-options"] == "nosniff")
        }
    }

    @Test func absoluteTargetsAreUnderstood() async throws {
        try await TestServer.run { server in
            let reply = try await server.get("http://localhost:\(server.port)/health")
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "Application/JSON", "application/json ;x=y",
        "application/json;charset=UTF8", "application/json; charset=\"UTF-8\"", "application/json;",
        "application/json; ;",
        "application/json; charset=iso-8859-1",
    ])
    func jsonIsNamedInEveryUsualForm(type: String) async throws {
        try await TestServer.run { server in
            let reply = try await server.post(
                APIPath.organization, #"{"name": "x"}"#, as: try await server.admin(), headers: ["Content-Type": type])
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: ["", "text/plain", "application/jsonx", "application/x-www-form-urlencoded", "json", ";"])
    func otherContentIsRefused(type: String) async throws {
        try await TestServer.run { server in
            try await server.post(
                APIPath.organization, #"{"name": "x"}"#, as: try await server.admin(), headers: ["Content-Type": type]
            ).expectError(415, "unsupported_media_type")
        }
    }
}
