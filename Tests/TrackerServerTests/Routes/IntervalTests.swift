import JSON
import Shared
import Testing

@testable import TrackerServer

struct IntervalTests {
    private func assign(
        _ server: TestServer, _ minutes: String, to id: String = "eva", by person: Person
    ) async throws -> Reply {
        try await server.post(
            APIPath.captureInterval, #"{"employeeId": "\#(id)", "intervalMinutes": \#(minutes)}"#, as: person)
    }

    @Test(arguments: [
        ("0", 0), ("\"0\"", 0), ("-0", 0), ("2", 120), ("20", 1200), ("\"2\"", 120), ("\" 20 \"", 1200), ("7.0", 420),
        ("1e1", 600), ("\"07\"", 420),
    ])
    func wholeMinutesAreAssigned(minutes: String, seconds: Int) async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            let eva = try await server.employee("Eva")
            try await assign(server, minutes, by: manager)
                .expect(200, #"{"ok":true,"employeeId":"Eva","intervalSeconds":\#(seconds)}"#)
            let shown = #"{"assigned":true,"intervalSeconds":\#(seconds)}"#
            try await server.get(APIPath.captureInterval, as: eva).expect(200, shown)
            try await server.get(APIPath.captureInterval + "?employeeId=EVA", as: manager).expect(200, shown)
            try await server.get(APIPath.captureIntervals, as: manager)
                .expect(200, #"{"intervals":{"Eva":\#(seconds)}}"#)
            #expect(try server.folders.text("data/intervals.json") == "{\n  \"Eva\": \(seconds)\n}")
        }
    }

    @Test(arguments: [
        "1", "21", "-1", "0.5", "-2", "\"9223372036854775807\"", "2.5", "19.999999", "1e300", "\"\"", "\"abc\"",
        "\"2.5\"", "\"1\"", "\"21\"", "true",
        "null", "[5]", "{}", "\"0x5\"", "\"５\"", "99999999999999999999", "\"5 min\"", "1e999", "\"\\ud800\"",
    ])
    func otherValuesAreRefused(minutes: String) async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            _ = try await server.employee("eva")
            let before = try server.folders.snapshot()
            try await assign(server, minutes, by: manager).expectError(400, "invalid_field")
            #expect(try server.folders.snapshot() == before)
        }
    }

    @Test func theOrderIsThatOfTheFirstAssignment() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            for id in ["zoe", "10", "adam", "9"] {
                _ = try await server.employee(id)
                try await assign(server, "5", to: id, by: admin).expect(200)
            }
            try await assign(server, "6", to: "zoe", by: admin).expect(200)
            try await server.get(APIPath.captureIntervals, as: admin)
                .expect(200, #"{"intervals":{"zoe":360,"10":300,"adam":300,"9":300}}"#)
        }
    }

    private func takeAway(_ server: TestServer, _ id: String, by person: Person?) async throws -> Reply {
        try await server.delete(APIPath.captureInterval + "/" + id.queryEncoded, as: person)
    }

    @Test func anIntervalCanBeTakenAway() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee("Eva")
            let other = try await server.employee("b@x")
            for (id, minutes) in [("eva", "5"), ("b@x", "0")] {
                try await assign(server, minutes, to: id, by: admin).expect(200)
            }
            try await takeAway(server, "EVA", by: try await server.manager()).expect(204)
            let shown = #"{"assigned":false,"intervalSeconds":null}"#
            try await server.get(APIPath.captureInterval, as: eva).expect(200, shown)
            try await server.get(APIPath.captureInterval, as: other).expect(
                200, #"{"assigned":true,"intervalSeconds":0}"#)
            #expect(try server.folders.text("data/intervals.json") == "{\n  \"b@x\": 0\n}")
            try await takeAway(server, "eva", by: admin).expectError(404, "not_found")
            try await assign(server, "7", to: "eva", by: admin).expect(200)
            #expect(try server.folders.text("data/intervals.json") == "{\n  \"b@x\": 0,\n  \"Eva\": 420\n}")
        }
    }

    @Test func managersAloneTakeIntervalsAwayAndOnlyThoseThatAreThere() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write(#"{"gone@example.org": 0, "eva": 240}"#, to: "data/intervals.json")
        try await TestServer.run(folders: folders) { server in
            let (admin, eva) = (try await server.admin(), try await server.employee("eva"))
            try await takeAway(server, "eva", by: nil).expectError(401, "unauthorized")
            try await takeAway(server, "eva", by: eva).expectError(403, "forbidden")
            for id in ["nobody", "constructor", TestServer.admin, " "] {
                try await takeAway(server, id, by: admin).expectError(404, "not_found")
            }
            try await takeAway(server, "gone@example.org", by: admin).expect(204)
            let reply = try await server.get(APIPath.captureInterval + "/eva", as: admin)
            try reply.expectError(405, "method_not_allowed")
            #expect(reply["allow"] == "DELETE")
            try await server.get(APIPath.captureIntervals, as: admin).expect(200, #"{"intervals":{"eva":240}}"#)
        }
    }

    @Test func onlyEmployeesHaveIntervals() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager("max")
            for id in ["max", "nobody", "constructor"] {
                try await assign(server, "5", to: id, by: manager).expectError(404, "not_found")
                try await server.get(APIPath.captureInterval + "?employeeId=\(id)", as: manager)
                    .expectError(404, "not_found")
            }
            try await server.get(APIPath.captureInterval, as: manager).expectError(400, "invalid_field")
            try await server.get(APIPath.captureInterval + "?employeeId=", as: manager)
                .expectError(400, "invalid_field")
        }
    }

    @Test func anEmployeeWithoutIntervalIsToldSo() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let shown = #"{"assigned":false,"intervalSeconds":null}"#
            try await server.get(APIPath.captureInterval, as: eva).expect(200, shown)
            try await server.get(APIPath.captureInterval + "?employeeId=eva", as: try await server.admin())
                .expect(200, shown)
        }
    }

    @Test func employeesSeeTheirOwnAlone() async throws {
        try await TestServer.run { server in
            let admin = try await server.admin()
            let eva = try await server.employee("eva")
            _ = try await server.employee("zoe")
            try await assign(server, "5", to: "zoe", by: admin).expect(200)
            try await server.get(APIPath.captureInterval + "?employeeId=zoe", as: eva)
                .expect(200, #"{"assigned":false,"intervalSeconds":null}"#)
            try await server.get(APIPath.captureIntervals, as: eva).expectError(403, "forbidden")
            try await assign(server, "5", to: "eva", by: eva).expectError(403, "forbidden")
        }
    }

    @Test func intervalsOfPeopleWhoAreGoneAreShown() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        try folders.write(#"{"gone@example.org": 240}"#, to: "data/intervals.json")
        try await TestServer.run(folders: folders) { server in
            let admin = try await server.admin()
            try await server.get(APIPath.captureInterval + "?employeeId=GONE@example.org", as: admin)
                .expect(200, #"{"assigned":true,"intervalSeconds":240}"#)
            try await server.get(APIPath.captureIntervals, as: admin)
                .expect(200, #"{"intervals":{"gone@example.org":240}}"#)
        }
    }
}
