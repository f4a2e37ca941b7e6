import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// An account that is made again under the id of an earlier one: its person sees nothing of the other's.
struct EarlierAccountTests {
    private func files(_ reply: Reply) throws -> [String] {
        try #require(try reply.json.array, "\(reply.text)").compactMap { $0.object?["file"]?.text }
    }

    private func isMarked(_ value: JSONValue?) throws -> Bool {
        let mark = try #require(value?.object)["earlierAccount"]
        #expect(mark == nil || mark == .bool(true))
        return mark != nil
    }

    /// Somebody works from 08:00 to 08:10 and uploads two images; another one has the account from 09:00 on, uploads one and
    /// works until 09:05.
    private func run(
        _ body: @escaping @Sendable (TestServer, _ files: [String], _ eva: Person) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let first = try await server.employee("eva")
            var files: [String] = []
            func upload(_ person: Person) async throws {
                files.append(try #require(try await server.upload(.image(), as: person)[member: "file"]?.text))
            }
            try await server.post(APIPath.workStart, as: first).expect(201)
            for _ in 0..<2 {
                try await upload(first)
                server.clock.advance(seconds: 200)
                try await server.post(APIPath.workHeartbeat, as: first).expect(200)
            }
            try await server.delete("/api/employees/eva", as: admin).expect(204)
            try server.clock.set("2026-03-02T09:00:00.000Z")
            let second = try await server.employee("EVA")
            try await upload(second)
            try await server.post(APIPath.workStart, as: second).expect(201)
            server.clock.advance(seconds: 60)
            try await body(server, files, second)
        }
    }

    @Test func theNewPersonSeesTheirOwnImagesAlone() async throws {
        try await run { server, files, eva in
            for query in ["", "?from=2026-03-01&to=2026-03-02", "?to=2026-03-01", "?limit=1"] {
                let reply = try await server.get(APIPath.uploadsList + query, as: eva)
                #expect(try self.files(reply) == (query.contains("to=2026-03-01") ? [] : [files[2]]))
                #expect(reply["link"] == nil)
                #expect(!reply.text.contains("earlierAccount"))
            }
            for (file, status) in zip(files, [404, 404, 200]) {
                try await server.get("/" + file, as: eva).expect(status)
                try await server.send("HEAD", "/" + file, as: eva).expect(status)
            }
        }
    }

    @Test func theNewPersonSeesTheirOwnHoursAlone() async throws {
        try await run { server, _, eva in
            let day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.totals == WorkTotals(activeSeconds: 60, idleSeconds: 0))
            #expect(day.session?.startedAt.iso8601 == "2026-03-02T09:00:00.000Z")
        }
    }

    @Test func managersSeeAllAndWhatIsOfTheEarlierAccount() async throws {
        try await run { server, files, _ in
            let manager = try await server.manager()
            let list = try #require(try await server.get(APIPath.uploadsList, as: manager).json.array)
            #expect(list.map { $0.object?["file"]?.text } == files.reversed())
            #expect(try list.map(isMarked) == [false, true, true])
            for path in files { try await server.get("/" + path, as: manager).expect(200) }

            let activity = try #require(try await server.get(APIPath.activityRecent, as: manager).json.array?.first)
            #expect(try activity.object?["latest"]?.array?.map(isMarked) == [false, true, true])
            #expect(try !isMarked(activity))

            let employees = try await server.get(APIPath.workSessionsToday, as: manager)[member: "employees"]
            let sessions = try #require(employees?.array?.first?.object?["sessions"]?.array)
            #expect(try sessions.map(isMarked) == [true, false])
            let summary = try await server.get(APIPath.workSummaryToday, as: manager)
            #expect(summary.text.contains(#""totalActiveSeconds":460"#))
        }
    }

    @Test func aGroupWhoseImagesAreAllOlderIsMarked() async throws {
        try await run { server, files, _ in
            let admin = try await server.admin()
            try await server.delete("/api/employees/eva", as: admin).expect(204)
            let gone = try await server.get(APIPath.activityRecent, as: admin)
            #expect(!gone.text.contains("earlierAccount"))
            server.clock.advance(seconds: 1)
            _ = try await server.employee("eva")
            let activity = try #require(try await server.get(APIPath.activityRecent, as: admin).json.array?.first)
            #expect(try isMarked(activity))
            #expect(try activity.object?["latest"]?.array?.map(isMarked) == [true, true, true])
        }
    }

    /// A session that nobody ended, since the account was taken out of the file by hand.
    @Test func aSessionThatRunsIsNotTakenOver() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write(
            """
            [{"id":"eva-1772437800000","employeeId":"eva","startedAt":"2026-03-02T07:50:00.000Z","endedAt":null,\
            "isActive":true,"idleSeconds":0,"lastHeartbeatAt":"2026-03-02T07:59:00.000Z","date":"2026-03-02"}]
            """, to: "data/work_sessions.json")
        try await TestServer.run(folders: folders) { server in
            let eva = try await server.employee("eva")
            let day = try WorkDayResponse(json: try await server.get(APIPath.workMe, as: eva).json)
            #expect(day.session == nil)
            #expect(day.totals == .zero)
            try await server.post(APIPath.workHeartbeat, as: eva).expectError(404, "no_active_session")
            try await server.post(APIPath.workStart, as: eva).expect(201)
        }
    }

    @Test(arguments: [
        ("", "eva"), (#","createdAt":"yesterday""#, "eva"), (#","createdAt":null"#, "eva"), (#","createdAt":5"#, "eva"),
        (#","createdAt":"2026-03-02T08:00:00.001Z""#, "eva"), (#","createdAt":"2026-03-01T08:00:00Z""#, "eva"),
        (#","createdAt":"2026-03-02T08:00:00Z""#, nil),
    ])
    func onlyATimeThatHasComeIsALimit(createdAt: String, seen: String?) async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let user = #"{"email":"eva","name":"","role":"employee"\#(createdAt)}"#
        try folders.write("[\(user)]", to: "data/users.json")
        try folders.write(
            #"[{"file":"uploads/a.png","employeeId":"eva","ts":"2026-03-01T12:00:00.000Z"}]"#, to: "images/index.json")
        try await TestServer.run(folders: folders) { server in
            let admin = try await server.admin()
            let body = #"{"password": "\#(TestServer.password)"}"#
            try await server.post("/api/employees/eva/password", body, as: admin).expect(200)
            let eva = try await server.login("eva")
            #expect(
                try files(try await server.get(APIPath.uploadsList, as: eva)) == (seen == nil ? [] : ["uploads/a.png"]))
            let list = try await server.get(APIPath.uploadsList, as: admin)
            #expect(list.text.contains("earlierAccount") == (seen == nil))
        }
        let kept = try folders.text("data/users.json").filter { !$0.isWhitespace }
        if !createdAt.contains("Z") { #expect(kept.contains(user)) }
    }
}
