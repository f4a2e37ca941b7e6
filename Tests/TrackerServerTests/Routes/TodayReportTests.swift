import JSON
import Shared
import Testing

@testable import TrackerServer

/// The report of today and `GET /api/work/summary/today` say the same at every moment.
struct TodayReportTests {
    /// Checks everybody's row against what today's summary says of them.
    /// - Returns: the report.
    private func check(_ server: TestServer, as manager: Person) async throws -> String {
        let today = try #require(try await server.get(APIPath.workSummaryToday, as: manager).json.object)
        let reply = try await server.get(APIPath.workSummary, as: manager)
        let report = try #require(try reply.json.object)
        #expect(report["from"] == today["today"])
        #expect(report["to"] == today["today"])
        let people = try #require(today["employees"]?.array).compactMap(\.object)
        let reported = try #require(report["employees"]?.array).compactMap(\.object)
        #expect(!people.isEmpty)
        #expect(reported.count == people.count)
        for person in people {
            let own = try #require(reported.first { $0["employeeId"] == person["employeeId"] })
            let rows = try #require(own["rows"]?.array).compactMap(\.object)
            let total = try #require(own["total"]?.object)
            #expect(rows.count == 1)
            for row in rows + [total] {
                for key in ["totalActiveSeconds", "totalIdleSeconds", "netActiveSeconds"] as [JSONString] {
                    #expect(row[key] == person[key])
                }
                let logins = try #require(person["loginTimes"]?.array).compactMap(\.text)
                let logouts = try #require(person["logoutTimes"]?.array).compactMap(\.text)
                #expect(row["sessions"] == .number(logins.count))
                #expect(row["firstLogin"]?.text == logins.min())
                // Whoever works has one less.
                #expect(row["lastLogout"]?.text == (logouts.count < logins.count ? nil : logouts.max()))
            }
        }
        return reply.text
    }

    /// Somebody worked over the midnight before, another one during the day, and a third is at work over the next midnight.
    @Test func todaysRowIsWhatTodaysSummarySays() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let earlier = [
            ("zoe", "2026-03-01T22:00:00.000Z", "2026-03-02T01:00:00.000Z", 1080),
            ("ivo", "2026-03-02T08:00:00.000Z", "2026-03-02T10:00:00.000Z", 600),
        ].map { employee, start, end, idle in
            #"{"id": "\#(employee)-1", "employeeId": "\#(employee)", "startedAt": "\#(start)", "endedAt": "\#(end)", "#
                + #""isActive": false, "idleSeconds": \#(idle), "lastHeartbeatAt": "\#(end)", "date": "2026-03-02"}"#
        }
        try folders.write("[\(earlier.joined(separator: ","))]", to: "data/work_sessions.json")
        try await TestServer.run(
            ["TRACKER_TIME_ZONE": "Europe/Berlin"], at: "2026-03-02T22:50:00.000Z", folders: folders
        ) { server in
            let (eva, max) = (try await server.employee("eva"), try await server.manager())
            func beat(_ idle: Int) async throws {
                try await server.post(APIPath.workHeartbeat, #"{"idleDeltaSeconds": \#(idle)}"#, as: eva).expect(200)
            }
            func expect(_ active: Int, _ idle: Int, _ net: Int, sourceLocation: SourceLocation = #_sourceLocation)
                async throws
            {
                let report = try await check(server, as: max)
                let row =
                    #""totalActiveSeconds":\#(active),"totalIdleSeconds":\#(idle),"netActiveSeconds":\#(net),"#
                #expect(report.contains(row), "\(report)", sourceLocation: sourceLocation)
            }
            try await expect(7200, 720, 6480)
            try await server.post(APIPath.workStart, as: eva).expect(201)
            try await expect(0, 0, 0)
            server.clock.advance(seconds: 60)
            try await beat(20)
            server.clock.advance(seconds: 250)
            try await beat(100)
            server.clock.advance(seconds: 250)
            try await beat(0)
            server.clock.advance(seconds: 5)
            try await expect(565, 120, 445)
            // No heartbeat has divided it yet: its idle time is shared over the days.
            try server.clock.set("2026-03-02T23:00:30.000Z")
            try await expect(30, 6, 24)
            try await beat(0)
            try await expect(30, 0, 30)
            server.clock.advance(seconds: 30)
            try await server.post(APIPath.workStop, as: eva).expect(200)
            server.clock.advance(seconds: 3600)
            try await expect(60, 0, 60)
        }
    }
}
