import JSON
import Shared
import Testing

@testable import TrackerServer

struct AccountTests {
    @Test func aNewEmployeeGetsATemporaryPasswordOnce() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let reply = try await server.post(
                APIPath.employees, #"{"email": " Eva@example.org ", "name": "Eva É."}"#, as: manager)
            #expect(reply.status == 201)
            let password = try #require(try reply[member: "temporaryPassword"]?.text)
            #expect(PasswordRule.allows(password))
            let user =
                #"{"email":"Eva@example.org","name":"Eva É.","role":"employee","createdAt":"2026-03-02T08:00:00.000Z"}"#
            reply.expect(201, #"{"user":\#(user),"temporaryPassword":"\#(password)"}"#)
            try await server.get(APIPath.employees, as: manager).expect(200, #"{"users":[\#(user)]}"#)
            for (file, bytes) in try server.folders.snapshot() {
                #expect(!String(decoding: bytes, as: UTF8.self).contains(password), "\(file)")
            }
        }
    }

    @Test func aGivenPasswordIsNotShownAndNeedNotBeChanged() async throws {
        try await TestServer.run { server in
            let reply = try await server.post(
                APIPath.employees, #"{"email": "eva", "name": null, "password": "\#(TestServer.password)"}"#,
                as: try await server.admin())
            reply.expect(
                201,
                #"{"user":{"email":"eva","name":"","role":"employee","createdAt":"2026-03-02T08:00:00.000Z"}}"#)
            try await server.get(APIPath.workMe, as: try await server.login("eva")).expect(200)
        }
    }

    @Test func employeesAndManagersAreListedApartInOrderOfInsertion() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("zoe")
            _ = try await server.manager("max")
            _ = try await server.employee("adam")
            let admin = try await server.admin()
            func emails(_ path: String) async throws -> [String?] {
                try await server.get(path, as: admin)[member: "users"]?.array?.map { $0.object?["email"]?.text } ?? []
            }
            #expect(try await emails(APIPath.employees) == ["zoe", "adam"])
            #expect(try await emails(APIPath.managers) == [TestServer.admin, "max"])
        }
    }

    @Test func usersHoldNoSecrets() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("eva")
            #expect(
                try server.folders.text("data/users.json") == """
                    [
                      {
                        "email": "root@example.org",
                        "name": "",
                        "role": "super_admin",
                        "createdAt": "2026-03-02T08:00:00.000Z"
                      },
                      {
                        "email": "eva",
                        "name": "",
                        "role": "employee",
                        "createdAt": "2026-03-02T08:00:00.000Z"
                      }
                    ]
                    """)
        }
    }

    @Test func anIdIsTakenInEverySpelling() async throws {
        try await TestServer.run { server in
            _ = try await server.employee("Eva@example.org")
            let admin = try await server.admin()
            let before = try server.folders.snapshot()
            for email in ["Eva@example.org", "EVA@EXAMPLE.ORG", " eva@example.org\\t", "ROOT@example.org"] {
                for path in [APIPath.employees, APIPath.managers] {
                    try await server.post(path, #"{"email": "\#(email)"}"#, as: admin)
                        .expect(409, #"{"error":"User already exists","code":"conflict"}"#)
                }
            }
            #expect(try server.folders.snapshot() == before)
        }
    }

    @Test func anIdIsMadeOnceByParallelRequests() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await server.post(APIPath.employees, #"{"email": "eva"}"#, as: admin).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }.sorted()
            }
            #expect(statuses == [201] + Array(repeating: 409, count: 7))
        }
    }

    @Test(arguments: [
        "constructor", "__proto__", "toString", "a/b", "a+b@example.org", "a%2Fb", "ä@example.org", "..", "a?b", "a#b",
        "a&b=c", "\\\"", "😀", "5", String(repeating: "x", count: 254),
    ])
    func strangeIdsAreIdsLikeOthers(id: String) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let email = id == "\\\"" ? "\"" : id
            let person = try await server.employee(email)
            let path = server.path(ofEmployee: email)
            try await server.post(
                APIPath.captureInterval, #"{"employeeId": "\#(id)", "intervalMinutes": 5}"#, as: admin
            ).expect(200)
            try await server.post(APIPath.workStart, as: person).expect(201)
            let me = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: person).json)
            #expect(me.intervalSeconds == 300)
            #expect(me.session?.employeeID == email)
            try await server.post(path + "/password", as: admin).expect(200)
            try await server.delete(path, as: admin).expect(204)
            try await server.delete(path, as: admin).expectError(404, "not_found")
            let intervals = try await server.get(APIPath.captureIntervals, as: admin)
            intervals.expect(200, #"{"intervals":{}}"#)
        }
    }

    /// A spreadsheet's first cell begins with a byte order mark.
    @Test func whatCannotBeSeenAroundAnIDIsNoPartOfIt() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let reply = try await server.post(
                APIPath.employees, #"{"email": "\ufeffann@q.example", "password": "\#(TestServer.password)"}"#,
                as: admin)
            #expect(try reply[member: "user"]?.object?["email"]?.text == "ann@q.example")
            for email in ["ann@q.example", "\u{FEFF}ANN@q.example "] {
                try await server.get(APIPath.workMe, as: try await server.login(email)).expect(200)
            }
            try await server.post(APIPath.employees, #"{"email": "ann@q.example"}"#, as: admin)
                .expectError(409, "conflict")
        }
    }

    @Test(arguments: ["a\\u200bb", "a\\u00adb", "\\u202eab", "a\\ue000b", "a\\ufeffb", "a\\u0378b", "a\\u0007b"])
    func whatCannotBeSeenInAnIDIsRefused(email: String) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            for path in [APIPath.employees, APIPath.managers] {
                let reply = try await server.post(path, #"{"email": "\#(email)"}"#, as: admin)
                try reply.expectError(400, "invalid_field")
                #expect(try reply[member: "error"]?.text == "\"email\" must be \(AccountID.rule).")
            }
        }
    }

    /// Folders of earlier versions have such accounts; users.json keeps them until somebody removes them.
    @Test func accountsThatNoRuleAllowsCanBeListedAndRemoved() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let emails = ["\u{FEFF}ann@q.example", "a\u{200B}b", " bob ", "ann@q.example"]
        let rows = emails.map {
            #"{"email":"\#($0)","name":"","role":"employee","createdAt":"2026-03-01T08:00:00.000Z"}"#
        }
        try folders.write("[\(rows.joined(separator: ","))]", to: "data/users.json")
        try await TestServer.run(folders: folders) { server in
            let admin = try await server.admin()
            func listed() async throws -> [String] {
                let users = try await server.get(APIPath.employees, as: admin)[member: "users"]
                return users?.array?.compactMap { $0.object?["email"]?.text } ?? []
            }
            #expect(try await listed() == emails)
            let path = server.path(ofEmployee: "ann@q.example", "/password")
            try await server.post(path, #"{"password": "\#(TestServer.password)"}"#, as: admin).expect(200)
            let ann = try await server.login("ann@q.example")
            for email in emails.dropLast() {
                try await server.delete(server.path(ofEmployee: email), as: admin).expect(204)
            }
            #expect(try await listed() == ["ann@q.example"])
            try await server.get(APIPath.workMe, as: ann).expect(200)
            try await server.delete(server.path(ofEmployee: "\u{FEFF}ann@q.example"), as: admin).expect(204)
            #expect(try await listed() == [])
        }
    }

    @Test func anAccountGetsAnotherName() async throws {
        try await TestServer.run { server in
            let (admin, manager) = (try await server.admin(), try await server.manager("max"))
            let eva = try await server.employee("Eva@example.org")
            func rename(_ path: String, _ body: String?, _ person: Person) async throws -> Reply {
                try await server.send(
                    "PATCH", path, as: person, headers: ["Content-Type": "application/json"],
                    body: body.map { Array($0.utf8) })
            }
            let path = server.path(ofEmployee: "eva@example.org")
            let user =
                #"{"email":"Eva@example.org","name":"Eva Ö.","role":"employee","createdAt":"2026-03-02T08:00:00.000Z"}"#
            try await rename(path, #"{"name": " Eva Ö. "}"#, manager).expect(200, #"{"user":\#(user)}"#)
            try await server.get(APIPath.employees, as: manager).expect(200, #"{"users":[\#(user)]}"#)
            #expect(try server.folders.text("data/users.json").contains(#""name": "Eva Ö.""#))
            // A name is no reason to log in again.
            try await server.get(APIPath.workMe, as: eva).expect(200)

            let before = try server.folders.snapshot()
            let long = String(repeating: "x", count: 201)
            for body in ["{}", #"{"name": null}"#, #"{"name": 5}"#, #"{"name": "\u0000"}"#, #"{"name": "\#(long)"}"#] {
                try await rename(path, body, manager).expectError(400, "invalid_field")
            }
            try await rename(server.path(ofEmployee: "max"), #"{"name": "x"}"#, manager).expectError(404, "not_found")
            try await rename(server.path(ofEmployee: "nobody"), #"{"name": "x"}"#, manager)
                .expectError(404, "not_found")
            try await rename(server.path(ofManager: "Eva@example.org"), #"{"name": "x"}"#, admin)
                .expectError(404, "not_found")
            try await rename(server.path(ofManager: "max"), #"{"name": "x"}"#, manager).expectError(403, "forbidden")
            try await rename(path, #"{"name": "x"}"#, eva).expectError(403, "forbidden")
            #expect(try server.folders.snapshot() == before)

            let renamed = try await rename(server.path(ofManager: "MAX"), #"{"name": ""}"#, admin)
            #expect(try renamed[member: "user"]?.object?["role"]?.text == "manager")
        }
    }

    @Test func idsInPathsAreReadWithoutCaseAndWithPlainAtSigns() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            _ = try await server.employee("Eva+x@example.org")
            try await server.post("/api/employees/eva+X@example.org/password", as: admin).expect(200)
            try await server.delete("/api/employees/EVA%2bx%40example.org", as: admin).expect(204)
        }
    }

    @Test func removalEndsTheSessionAndKeepsTheHistory() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            try await server.post(
                APIPath.captureInterval, #"{"employeeId": "eva", "intervalMinutes": 5}"#, as: admin
            ).expect(200)
            try await server.upload(.image(), as: eva).expect(201)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 100)
            try await server.delete(server.path(ofEmployee: "eva"), as: admin).expect(204)
            #expect(
                try server.folders.text("data/work_sessions.json") == """
                    [
                      {
                        "id": "eva-1772438400000",
                        "employeeId": "eva",
                        "startedAt": "2026-03-02T08:00:00.000Z",
                        "endedAt": "2026-03-02T08:01:40.000Z",
                        "isActive": false,
                        "idleSeconds": 0,
                        "lastHeartbeatAt": "2026-03-02T08:00:00.000Z",
                        "date": "2026-03-02"
                      }
                    ]
                    """)
            #expect(try server.folders.text("data/intervals.json") == "{}")
            try await server.get(APIPath.employees, as: admin).expect(200, #"{"users":[]}"#)
            try await server.get(APIPath.workSummaryToday, as: admin).expect(
                200,
                #"{"today":"2026-03-02","employees":[{"employeeId":"eva","loginTimes":["2026-03-02T08:00:00.000Z"],"#
                    + #""logoutTimes":["2026-03-02T08:01:40.000Z"],"totalActiveSeconds":100,"totalIdleSeconds":0,"#
                    + #""netActiveSeconds":100,"registered":false}]}"#)
            let list = try await server.get(APIPath.uploadsList, as: admin)
            #expect(try list.json.array?.count == 1)
            let recent = try await server.get(APIPath.activityRecent, as: admin)
            #expect(try recent.json.array?.first?.object?["registered"] == .bool(false))
        }
    }

    @Test func managersAreAdministratorsBusiness() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let manager = try await server.manager("max")
            let eva = try await server.employee("eva")
            let path = server.path(ofManager: "max")
            for person in [manager, eva] {
                try await server.get(APIPath.managers, as: person).expectError(403, "forbidden")
                try await server.post(APIPath.managers, #"{"email": "x"}"#, as: person).expectError(403, "forbidden")
                try await server.delete(path, as: person).expectError(403, "forbidden")
                try await server.post(path + "/password", as: person).expectError(403, "forbidden")
            }
            for path in [
                server.path(ofEmployee: "max"), server.path(ofManager: "eva"), server.path(ofManager: "nobody"),
            ] {
                try await server.delete(path, as: admin).expectError(404, "not_found")
                try await server.post(path + "/password", TestServer.confirmation, as: admin)
                    .expectError(404, "not_found")
            }
            let reset = try await server.post(path + "/password", TestServer.confirmation, as: admin)
            #expect(try reset[member: "temporaryPassword"]?.text != nil)
            try await server.delete(path, as: admin).expect(204)
            try await server.get(APIPath.organization, as: manager).expectError(401, "account_removed")
        }
    }

    @Test func nobodyRemovesOneself() async throws {
        try await TestServer.run { server in
            try await server.delete(server.path(ofManager: "ROOT@example.org"), as: try await server.admin())
                .expectError(409, "conflict")
        }
    }

    @Test func employeesSeeNoAccounts() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.get(APIPath.employees, as: eva).expectError(403, "forbidden")
            try await server.post(APIPath.employees, #"{"email": "x"}"#, as: eva).expectError(403, "forbidden")
            try await server.delete(server.path(ofEmployee: "eva"), as: eva).expectError(403, "forbidden")
        }
    }

    @Test(arguments: [nil, "", "{}", #"{"password": null}"#])
    func aResetWithoutPasswordMakesOne(body: String?) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let reply = try await server.post(
                server.path(ofEmployee: eva.email, "/password"), body, as: try await server.admin())
            let password = try #require(try reply[member: "temporaryPassword"]?.text)
            reply.expect(200, #"{"temporaryPassword":"\#(password)"}"#)
            let again = try await server.login("eva", password)
            try await server.get(APIPath.workMe, as: again).expectError(403, "password_change_required")
        }
    }

    @Test func aResetWithPasswordShowsNone() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            try await server.post(
                server.path(ofEmployee: eva.email, "/password"), #"{"password": "set by somebody"}"#,
                as: try await server.admin()
            ).expect(200, "{}")
            let again = try await server.login("eva", "set by somebody")
            try await server.get(APIPath.workMe, as: again).expect(200)
        }
    }
}
