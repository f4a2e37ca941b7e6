import Shared
import Testing

@testable import TrackerServer

/// Which days may be corrected, and by how much those that are shorter or longer than others.
struct CorrectionDayTests {
    /// A zone, a day of it, a later moment, and minutes that fill the day.
    static let days: [(String, String, String, [Int])] = [
        ("Europe/Berlin", "2026-03-28", "2026-04-02T08:00:00.000Z", [1440]),
        ("Europe/Berlin", "2026-03-29", "2026-04-02T08:00:00.000Z", [1380]),
        ("Europe/Berlin", "2026-10-25", "2026-11-02T08:00:00.000Z", [1440, 60]),
        // The zone skipped it.
        ("Pacific/Apia", "2011-12-30", "2012-01-10T08:00:00.000Z", []),
    ]

    @Test(arguments: days) func aDayHasRoomForItsOwnLength(zone: String, date: String, now: String, whole: [Int])
        async throws
    {
        try await TestServer.run(["TRACKER_TIME_ZONE": zone], at: now) { server in
            _ = try await server.employee("eva")
            let max = try await server.manager()
            let send = { (minutes: Int) in try await server.correct("eva", date, minutes: minutes, as: max) }
            try await send(-1).expectError(409, "conflict")
            for minutes in whole { try await send(minutes).expect(201) }
            let refused = try await send(1)
            try refused.expectError(409, "conflict")
            #expect(refused.text.contains("from 0:00:00 to \(whole.reduce(0, +) / 60):00:00."), "\(refused.text)")
            for minutes in whole { try await send(-minutes).expect(201) }
            try await send(-1).expectError(409, "conflict")
        }
    }

    @Test func workHasItsShareOfTheRoom() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        // The whole day of 23 hours, one of them idle.
        try folders.write(
            #"[{"id": "eva-1", "employeeId": "eva", "startedAt": "2026-03-28T23:00:00.000Z", "#
                + #""endedAt": "2026-03-29T22:00:00.000Z", "isActive": false, "idleSeconds": 3600, "#
                + #""lastHeartbeatAt": "2026-03-29T22:00:00.000Z", "date": "2026-03-29"}]"#,
            to: "data/work_sessions.json")
        try await TestServer.run(
            ["TRACKER_TIME_ZONE": "Europe/Berlin"], at: "2026-04-02T08:00:00.000Z", folders: folders
        ) { server in
            let max = try await server.manager()
            let send = { (minutes: Int) in try await server.correct("EVA", "2026-03-29", minutes: minutes, as: max) }
            try await send(61).expectError(409, "conflict")
            try await send(60).expect(201)
            try await send(1).expectError(409, "conflict")
            try await send(-1381).expectError(409, "conflict")
            try await send(-1380).expect(201)
        }
    }

    /// At half past ten in UTC it is the next day already, or still the day before.
    @Test(arguments: [
        ("UTC", "2026-03-02", "2025-01-26"), ("Pacific/Kiritimati", "2026-03-03", "2025-01-27"),
        ("Pacific/Pago_Pago", "2026-03-01", "2025-01-25"),
    ])
    func todayAndTheFourHundredDaysBeforeItMayBeCorrected(zone: String, today: String, oldest: String) async throws {
        let (first, last) = (try #require(CivilDate(iso8601: oldest)), try #require(CivilDate(iso8601: today)))
        #expect(first.adding(days: 400) == last)
        try await TestServer.run(["TRACKER_TIME_ZONE": zone], at: "2026-03-02T10:30:00.000Z") { server in
            _ = try await server.employee("eva")
            let max = try await server.manager()
            for date in [first, last] { try await server.correct("eva", date.iso8601, as: max).expect(201) }
            for date in [first.adding(days: -1), last.adding(days: 1)] {
                try await server.correct("eva", date.iso8601, as: max).expectError(400, "invalid_field")
            }
        }
    }
}
