import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct ReportTests {
    /// Sessions as `(employee, start, end, idle)`, in the zone Europe/Berlin.
    private func run(
        _ sessions: [(String, String, String, Int)], at now: String = "2026-03-12T12:00:00.000Z",
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let rows = sessions.map { employee, start, end, idle in
            #"{"id": "\#(employee)-\#(start)", "employeeId": "\#(employee)", "startedAt": "\#(start)", "endedAt": "\#(end)", "#
                + #""isActive": false, "idleSeconds": \#(idle), "lastHeartbeatAt": "\#(end)", "date": "2026-03-02"}"#
        }
        try folders.write("[\(rows.joined(separator: ","))]", to: "data/work_sessions.json")
        try await TestServer.run(["TRACKER_TIME_ZONE": "Europe/Berlin"], at: now, folders: folders, body)
    }

    private static let days = [
        ("eva", "2026-03-02T08:00:00.000Z", "2026-03-02T10:00:00.000Z", 600),
        // Over midnight.
        ("zoe", "2026-03-02T22:00:00.000Z", "2026-03-03T01:00:00.000Z", 1080),
        ("eva", "2026-03-09T08:00:00.000Z", "2026-03-09T08:30:00.000Z", 0),
    ]

    @Test func aManagerGetsARowForEachDayThatHasSomethingInIt() async throws {
        try await run(Self.days) { server in
            _ = try await server.employee("eva")
            let max = try await server.manager()
            let reply = try await server.get(
                APIPath.workSummary + "?from=2026-03-01&to=2026-03-08", as: max)
            reply.expect(
                200,
                #"{"from":"2026-03-01","to":"2026-03-08","zone":"Europe/Berlin","by":"day","employees":[{"employeeId":"eva","#
                    + #""name":"","registered":true,"rows":[{"period":"2026-03-02","from":"2026-03-02","to":"2026-03-02","#
                    + #""firstLogin":"2026-03-02T08:00:00.000Z","lastLogout":"2026-03-02T10:00:00.000Z","sessions":1,"#
                    + #""totalActiveSeconds":7200,"totalIdleSeconds":600,"netActiveSeconds":6600,"correctionSeconds":0,"#
                    + #""payableSeconds":6600}],"total":{"period":"2026-03-01/2026-03-08","from":"2026-03-01","#
                    + #""to":"2026-03-08","firstLogin":"2026-03-02T08:00:00.000Z","lastLogout":"2026-03-02T10:00:00.000Z","#
                    + #""sessions":1,"totalActiveSeconds":7200,"totalIdleSeconds":600,"netActiveSeconds":6600,"#
                    + #""correctionSeconds":0,"payableSeconds":6600}},{"employeeId":"zoe","name":"","registered":false,"#
                    + #""rows":[{"period":"2026-03-02","from":"2026-03-02","to":"2026-03-02","#
                    + #""firstLogin":"2026-03-02T22:00:00.000Z","lastLogout":"2026-03-02T23:00:00.000Z","sessions":1,"#
                    + #""totalActiveSeconds":3600,"totalIdleSeconds":360,"netActiveSeconds":3240,"correctionSeconds":0,"#
                    + #""payableSeconds":3240},{"period":"2026-03-03","from":"2026-03-03","to":"2026-03-03","#
                    + #""firstLogin":"2026-03-02T23:00:00.000Z","lastLogout":"2026-03-03T01:00:00.000Z","sessions":1,"#
                    + #""totalActiveSeconds":7200,"totalIdleSeconds":720,"netActiveSeconds":6480,"correctionSeconds":0,"#
                    + #""payableSeconds":6480}],"total":{"period":"2026-03-01/2026-03-08","from":"2026-03-01","#
                    + #""to":"2026-03-08","firstLogin":"2026-03-02T22:00:00.000Z","lastLogout":"2026-03-03T01:00:00.000Z","#
                    + #""sessions":1,"totalActiveSeconds":10800,"totalIdleSeconds":1080,"netActiveSeconds":9720,"#
                    + #""correctionSeconds":0,"payableSeconds":9720}}]}"#)
        }
    }

    @Test func employeesSeeTheirOwnSinceTheirAccountWasMade() async throws {
        try await run(Self.days) { server in
            let eva = try await server.employee("eva")
            for path in ["", "?employeeId=EVA"] {
                let reply = try await server.get(
                    APIPath.workSummary + "?from=2026-03-01&to=2026-03-31&all=1"
                        + path.replacingOccurrences(of: "?", with: "&"),
                    as: eva)
                let employees = try #require(try reply.json.object?["employees"]?.array)
                // The account is of 12 March.
                #expect(employees.map { $0.object?["employeeId"]?.text } == ["eva"])
                #expect(employees.first?.object?["rows"]?.array?.isEmpty == true)
            }
            try await server.get(APIPath.workSummary + "?employeeId=zoe", as: eva).expectError(403, "forbidden")
            try await server.get(APIPath.workSessions + "?employeeId=zoe", as: eva).expectError(403, "forbidden")
            try await server.get(APIPath.workCorrections + "?employeeId=zoe", as: eva).expectError(403, "forbidden")
            // Whatever else is wrong.
            for path in [APIPath.workSummary, APIPath.workSessions, APIPath.workCorrections] {
                try await server.get(path + "?employeeId=zoe&from=x&format=y", as: eva).expectError(403, "forbidden")
            }
            try await server.post(APIPath.workStart, as: eva).expect(201)
            server.clock.advance(seconds: 90)
            let own = try await server.get(APIPath.workSummary, as: eva)
            #expect(own.text.contains(#""totalActiveSeconds":90"#))
            #expect(own.text.contains(#""lastLogout":null"#))
            let sessions = try #require(try await server.get(APIPath.workSessions, as: eva).json.array)
            #expect(sessions.map { $0.object?["isActive"] } == [.bool(true)])
        }
    }

    @Test(
        arguments: [
            ("period=this-month", #""from":"2026-03-01","to":"2026-03-31""#),
            ("period=last-month&by=range", #""from":"2026-02-01","to":"2026-02-28""#),
            ("", #""from":"2026-03-12","to":"2026-03-12""#),
            ("from=2026-03-10&to=2027-03-10", #""from":"2026-03-10","to":"2027-03-10""#),
            ("from=0000-01-01&to=0000-12-31&by=week", #""from":"0000-01-01","to":"0000-12-31""#),
            ("from=9999-01-01&to=9999-12-31", #""from":"9999-01-01","to":"9999-12-31""#),
        ])
    func theDaysMayBeNamed(query: String, days: String) async throws {
        try await run(Self.days) { server in
            let reply = try await server.get(APIPath.workSummary + "?" + query, as: try await server.manager())
            reply.expect(200)
            #expect(reply.text.contains(days))
        }
    }

    @Test(
        arguments: [
            ("from=2026-03-01", "to"), ("to=2026-03-01", "from"), ("from=2026-02-29&to=2026-03-01", "from"),
            ("from=2026-03-02&to=2026-03-01", "to"), ("period=today&from=2026-03-01&to=2026-03-01", "period"),
            ("period=tomorrow", "period"), ("period=TODAY", "period"), ("from=2026-01-01&to=2027-02-05", "to"),
            ("from=2026-03-01T00:00:00Z&to=2026-03-02", "from"), ("from=10000-01-01&to=10000-01-01", "from"),
            ("from=-001-01-01&to=2026-01-01", "from"), ("by=year", "by"), ("all=yes", "all"), ("explain=2", "explain"),
            ("format=xml", "format"), ("bom=true", "bom"), ("from=2026-03-01&from=2026-03-02&to=2026-03-02", "from"),
            ("employee=eva", "employee"), ("limit=5", "limit"), ("period=", "period"), ("from=&to=", "from"),
            ("to=2026-03-02&from=", "from"), ("employeeId=", "employeeId"), ("by=", "by"), ("all=", "all"),
            ("explain", "explain"), ("format=", "format"), ("bom=", "bom"),
        ])
    func aBrokenQueryIsRefused(query: String, field: String) async throws {
        try await run(Self.days) { server in
            let reply = try await server.get(APIPath.workSummary + "?" + query, as: try await server.manager())
            try reply.expectError(400, "invalid_field")
            #expect(reply.text.contains("\\\"\(field)\\\""), "\(reply.text)")
        }
    }

    @Test func aReportComesAsCSVAndAsText() async throws {
        try await run(Self.days) { server in
            let max = try await server.manager()
            let path = APIPath.workSummary + "?from=2026-03-02&to=2026-03-03"
            let csv = try await server.get(path + "&format=csv", as: max)
            #expect(csv["content-type"] == "text/csv; charset=utf-8")
            #expect(
                csv["content-disposition"] == #"attachment; filename="hours-2026-03-02-to-2026-03-03-by-day.csv""#)
            #expect(csv["vary"] == "Accept")
            #expect(
                String(decoding: csv.body, as: UTF8.self)
                    == "employeeId,name,registered,period,from,to,firstLogin,lastLogout,sessions,totalActiveSeconds,"
                    + "totalIdleSeconds,netActiveSeconds,correctionSeconds,payableSeconds\r\n"
                    + "eva,,false,2026-03-02,2026-03-02,2026-03-02,2026-03-02T08:00:00.000Z,2026-03-02T10:00:00.000Z,1,"
                    + "7200,600,6600,0,6600\r\n"
                    + "zoe,,false,2026-03-02,2026-03-02,2026-03-02,2026-03-02T22:00:00.000Z,2026-03-02T23:00:00.000Z,1,"
                    + "3600,360,3240,0,3240\r\n"
                    + "zoe,,false,2026-03-03,2026-03-03,2026-03-03,2026-03-02T23:00:00.000Z,2026-03-03T01:00:00.000Z,1,"
                    + "7200,720,6480,0,6480\r\n")
            let marked = try await server.get(path + "&bom=1", as: max, headers: ["Accept": "text/csv"])
            #expect(marked.body == [0xEF, 0xBB, 0xBF] + csv.body)
            let text = try await server.get(path, as: max, headers: ["Accept": "text/plain, text/csv;q=0.5"])
            #expect(text["content-type"] == "text/plain; charset=utf-8")
            #expect(
                String(decoding: text.body, as: UTF8.self) == """
                    EMPLOYEE  NAME  PERIOD      FIRST LOGIN  LAST LOGOUT          SESSIONS   ACTIVE     IDLE      NET  CORRECTION  PAYABLE
                    eva             2026-03-02  09:00:00     11:00:00                    1  2:00:00  0:10:00  1:50:00     0:00:00  1:50:00
                    zoe             2026-03-02  23:00:00     2026-03-03 00:00:00         1  1:00:00  0:06:00  0:54:00     0:00:00  0:54:00
                    zoe             2026-03-03  00:00:00     02:00:00                    1  2:00:00  0:12:00  1:48:00     0:00:00  1:48:00
                    TOTAL                                                                2  5:00:00  0:28:00  4:32:00     0:00:00  4:32:00

                    """)
            let json = try await server.get(path + "&format=json", as: max, headers: ["Accept": "text/csv"])
            #expect(json["content-type"] == "application/json; charset=utf-8")
            try await server.get(path, as: max, headers: ["Accept": "text/html"]).expectError(406, "not_acceptable")
        }
    }

    @Test func sessionsComeNewestFirstInPages() async throws {
        try await run(Self.days) { server in
            let max = try await server.manager()
            let path = APIPath.workSessions + "?from=2026-03-01&to=2026-03-31&limit=1"
            var next: String? = path
            var ids: [String] = []
            while let page = next {
                let reply = try await server.get(page, as: max)
                let rows = try #require(try reply.json.array, "\(reply.text)")
                #expect(rows.count == 1)
                ids += rows.compactMap { $0.object?["id"]?.text }
                next = reply["link"].map { $0.replacingOccurrences(of: "<", with: "").components(separatedBy: ">")[0] }
            }
            #expect(
                ids == [
                    "eva-2026-03-09T08:00:00.000Z", "zoe-2026-03-02T22:00:00.000Z", "eva-2026-03-02T08:00:00.000Z",
                ])
            // The part of the day; the date is the record's.
            try await server.get(APIPath.workSessions + "?from=2026-03-03&to=2026-03-03", as: max).expect(
                200,
                #"[{"id":"zoe-2026-03-02T22:00:00.000Z","employeeId":"zoe","date":"2026-03-02","#
                    + #""startedAt":"2026-03-02T23:00:00.000Z","endedAt":"2026-03-03T01:00:00.000Z","isActive":false,"#
                    + #""activeSeconds":7200,"idleSeconds":720,"netActiveSeconds":6480}]"#)
            let uploads = PageCursor(
                UploadRecord(file: "uploads/a.png", employeeID: "eva", ts: Timestamp(milliseconds: 5))
            ).text
            for cursor in [uploads, "x", "====", "%00"] {
                try await server.get(path + "&before=" + cursor, as: max).expectError(400, "invalid_field")
            }
            for limit in ["0", "1001", "-1", "x", "1.5"] {
                try await server.get(APIPath.workSessions + "?limit=" + limit, as: max).expectError(
                    400, "invalid_field")
            }
        }
    }

    @Test func sessionsComeAsCSVAndAsText() async throws {
        try await run(Self.days) { server in
            let max = try await server.manager()
            let path = APIPath.workSessions + "?from=2026-03-02&to=2026-03-03"
            let csv = try await server.get(path + "&format=csv", as: max)
            #expect(csv["content-type"] == "text/csv; charset=utf-8")
            #expect(
                csv["content-disposition"] == #"attachment; filename="sessions-2026-03-02-to-2026-03-03.csv""#)
            let head = "id,employeeId,date,startedAt,endedAt,isActive,activeSeconds,idleSeconds,netActiveSeconds\r\n"
            let newest =
                "zoe-2026-03-02T22:00:00.000Z,zoe,2026-03-02,2026-03-02T22:00:00.000Z,2026-03-03T01:00:00.000Z,false,"
                + "10800,1080,9720\r\n"
            #expect(
                String(decoding: csv.body, as: UTF8.self)
                    == head + newest
                    + "eva-2026-03-02T08:00:00.000Z,eva,2026-03-02,2026-03-02T08:00:00.000Z,2026-03-02T10:00:00.000Z,false,"
                    + "7200,600,6600\r\n")
            let page = try await server.get(path + "&limit=1", as: max, headers: ["Accept": "text/csv"])
            #expect(String(decoding: page.body, as: UTF8.self) == head + newest)
            #expect(page["link"]?.hasSuffix(#">; rel="next""#) == true)
            let text = try await server.get(path + "&format=text", as: max)
            #expect(text["content-type"] == "text/plain; charset=utf-8")
            #expect(
                String(decoding: text.body, as: UTF8.self) == """
                    EMPLOYEE  DATE        STARTED   ENDED                ACTIVE NOW   ACTIVE     IDLE      NET
                    zoe       2026-03-02  23:00:00  2026-03-03 02:00:00  no          3:00:00  0:18:00  2:42:00
                    eva       2026-03-02  09:00:00  11:00:00             no          2:00:00  0:10:00  1:50:00
                    TOTAL                                                            5:00:00  0:28:00  4:32:00

                    """)
        }
    }

    @Test func aCursorIsGoodForItsListAlone() async throws {
        try await run(Self.days) { server in
            let (eva, max) = (try await server.employee("eva"), try await server.manager())
            try await server.post(APIPath.workStart, as: eva).expect(201)
            for _ in 0..<2 {
                server.clock.advance(seconds: 60)
                try await server.upload(.image(), as: eva).expect(201)
            }
            let lists = [
                APIPath.workSessions + "?from=2026-03-01&to=2026-03-31&limit=1", APIPath.uploadsList + "?limit=1",
            ]
            for (list, other) in [(lists[0], lists[1]), (lists[1], lists[0])] {
                let link = try #require(try await server.get(list, as: max)["link"])
                let cursor = try #require(link.firstMatch(of: /before=([^>&]+)/)).1
                try await server.get("\(list)&before=\(cursor)", as: max).expect(200)
                let refused = try await server.get("\(other)&before=\(cursor)", as: max)
                try refused.expectError(400, "invalid_field")
                #expect(refused.text.contains("\\\"before\\\""), "\(refused.text)")
            }
            // Corrections come all at once.
            for parameter in ["before=x", "limit=1"] {
                try await server.get(APIPath.workCorrections + "?" + parameter, as: max)
                    .expectError(400, "invalid_field")
            }
        }
    }

    static let paths = [APIPath.workSummary, APIPath.workSessions, APIPath.workCorrections]

    @Test(arguments: paths) func fourHundredDaysMayBeAskedForAndNoMore(path: String) async throws {
        try await run(Self.days) { server in
            let max = try await server.manager()
            try await server.get(path + "?from=2026-01-01&to=2027-02-04", as: max).expect(200)
            let refused = try await server.get(path + "?from=2026-01-01&to=2027-02-05", as: max)
            try refused.expectError(400, "invalid_field")
            #expect(refused.text.contains("at most 400 days"), "\(refused.text)")
        }
    }

    @Test(arguments: paths, AnswerFormat.allCases)
    func headSaysTheSameWithoutABody(path: String, format: AnswerFormat) async throws {
        try await run(Self.days) { server in
            let max = try await server.manager()
            let target = path + "?from=2026-03-01&to=2026-03-31&format=\(format.rawValue)"
            let wire = try Wire(port: server.port)
            // What followed the first answer would be taken for the beginning of the second.
            for method in ["HEAD", "GET"] {
                try await wire.send(
                    "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(max.token)\r\n\r\n")
            }
            let (head, whole) = (try await wire.reply(hasBody: false), try await wire.reply())
            #expect(head.status == 200)
            #expect(whole.status == 200)
            #expect(!whole.body.isEmpty)
            func fields(_ reply: Reply) -> [String] {
                reply.headers.filter { $0.name != "date" }.map { "\($0.name): \($0.value)" }.sorted()
            }
            #expect(fields(head) == fields(whole))
            #expect(head["content-length"] == "\(whole.body.count)")
        }
    }
}
