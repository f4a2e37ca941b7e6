import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct CorrectionTests {
    private static func body(
        _ employee: String = "eva", date: String = "2026-03-02", minutes: Int = 30, reason: String = "forgot to log in"
    ) -> String {
        JSONText.object([
            "employeeId": .string(employee), "date": .string(date), "minutes": .number(minutes),
            "reason": .string(reason),
        ])
    }

    /// Half an hour of work on 2026-03-02; it is 09:00 of that day, and `eva` and a manager are there.
    private func run(
        _ body: @escaping @Sendable (TestServer, _ eva: Person, _ max: Person) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee("eva")
            let max = try await server.manager()
            try await server.post(APIPath.workStart, as: eva).expect(201)
            for _ in 0..<10 {
                server.clock.advance(seconds: 180)
                try await server.post(APIPath.workHeartbeat, as: eva).expect(200)
            }
            try await server.post(APIPath.workStop, as: eva).expect(200)
            try server.clock.set("2026-03-02T09:00:00.000Z")
            try await body(server, eva, max)
        }
    }

    @Test func aCorrectionStandsBesideTheHours() async throws {
        try await run { server, eva, max in
            let made = try await server.post(APIPath.workCorrections, Self.body(), as: max)
            made.expect(201)
            let correction = try CorrectionResponse(json: made.json).correction
            #expect(UUID(uuidString: correction.id) != nil)
            let expected =
                #"{"id":"\#(correction.id)","employeeId":"eva","date":"2026-03-02","minutes":30,"reason":"forgot to log in","#
                + #""by":"max@example.org","createdAt":"2026-03-02T09:00:00.000Z","revokedAt":null,"revokedBy":null}"#
            made.expect(201, #"{"correction":\#(expected)}"#)
            let summary = try await server.get(APIPath.workSummary + "?explain=1", as: max)
            #expect(summary.text.contains(#""netActiveSeconds":1800,"correctionSeconds":1800,"payableSeconds":3600"#))
            #expect(summary.text.contains(#""corrections":[\#(expected)]"#))
            let me = try await server.get(APIPath.workMe, as: eva)
            #expect(me.text.hasSuffix(#","corrections":[\#(expected)],"correctionSeconds":1800}"#))
            try await server.get(APIPath.workCorrections, as: eva).expect(200, "[\(expected)]")
            #expect(
                try server.folders.text("data/corrections.json") == """
                    [
                      {
                        "id": "\(correction.id)",
                        "employeeId": "eva",
                        "date": "2026-03-02",
                        "minutes": 30,
                        "reason": "forgot to log in",
                        "by": "max@example.org",
                        "createdAt": "2026-03-02T09:00:00.000Z",
                        "revokedAt": null,
                        "revokedBy": null
                      }
                    ]
                    """)
        }
    }

    @Test func aRevokedOneCountsNoMoreAndStaysInTheList() async throws {
        try await run { server, eva, max in
            let made = try CorrectionResponse(
                json: try await server.post(APIPath.workCorrections, Self.body(minutes: -30), as: max).json)
            let path = APIPath.workCorrections + "/" + made.correction.id
            server.clock.advance(seconds: 60)
            try await server.delete(
                path.uppercased().replacingOccurrences(
                    of: APIPath.workCorrections.uppercased(), with: APIPath.workCorrections), as: max
            ).expect(204)
            server.clock.advance(seconds: 60)
            try await server.delete(path, as: max).expect(204)
            try await server.delete(APIPath.workCorrections + "/x", as: max).expectError(404, "not_found")
            try await server.delete(path, as: eva).expectError(403, "forbidden")
            let list = try await server.get(APIPath.workCorrections, as: max)
            #expect(
                list.text.contains(
                    #""revokedAt":"2026-03-02T09:01:00.000Z","revokedBy":"max@example.org"}]"#))
            let me = try await server.get(APIPath.workMe, as: eva)
            #expect(me.text.hasSuffix(#","corrections":[],"correctionSeconds":0}"#))
            let csv = try await server.get(APIPath.workCorrections + "?format=csv", as: max)
            #expect(csv.text.hasPrefix("id,employeeId,date,minutes,reason,by,createdAt,revokedAt,revokedBy\r\n"))
        }
    }

    /// What others have written into the file is no worse.
    @Test func oneWhoseIDHasCapitalsCanBeRevoked() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let correction = Correction(
            id: "Hand-Written", employeeID: "eva", date: CivilDate(daysSince1970: 20_514), minutes: 30, reason: "x",
            by: "max", createdAt: try #require(Timestamp(iso8601: "2026-03-02T07:00:00Z")))
        try folders.write(
            String(decoding: JSONWriter.bytes(of: .array([correction.json]), .pretty), as: UTF8.self),
            to: "data/corrections.json")
        try await TestServer.run(folders: folders) { server in
            let max = try await server.manager()
            let path = APIPath.workCorrections + "/Hand-Written"
            try await server.delete(path, as: max).expect(204)
            let list = try await server.get(APIPath.workCorrections, as: max)
            #expect(list.text.contains(#""revokedBy":"max@example.org"}]"#))
        }
    }

    @Test func aRepeatedRequestIsAnsweredAsTheFirst() async throws {
        try await run { server, _, max in
            let key = "0B0E5A1E-3C1D-4D2E-8F7A-6B5C4D3E2F10"
            let send = { (body: String) in
                try await server.post(APIPath.workCorrections, body, as: max, headers: ["Idempotency-Key": key])
            }
            let first = try await send(Self.body())
            first.expect(201)
            #expect(try CorrectionResponse(json: first.json).correction.id == key.lowercased())
            server.clock.advance(seconds: 60)
            let again = try await send(Self.body("EVA", reason: " forgot to log in "))
            again.expect(200, first.text)
            try await send(Self.body(minutes: 31)).expectError(409, "conflict")
            try await send(Self.body(reason: "other")).expectError(409, "conflict")
            try await server.post(
                APIPath.workCorrections, Self.body(), as: max, headers: ["Idempotency-Key": "x"]
            ).expectError(400, "invalid_field")
        }
    }

    /// A repeated request is no new one, however late it comes.
    @Test func aRepeatedRequestMayBeLate() async throws {
        try await run { server, _, max in
            let key = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"
            let send = {
                try await server.post(
                    APIPath.workCorrections, Self.body(), as: max, headers: ["Idempotency-Key": key])
            }
            try await send().expect(201)
            try server.clock.set("2027-05-01T09:00:00.000Z")
            let late = try await server.manager("lena")
            try await server.post(
                APIPath.workCorrections, Self.body(), as: late, headers: ["Idempotency-Key": key]
            ).expect(200)
            try await server.post(APIPath.workCorrections, Self.body(), as: late).expectError(400, "invalid_field")
        }
    }

    /// Neither what was corrected before, nor days before the account, are its owner's.
    @Test func whoGetsTheIDOfAnotherSeesNothingOfTheirs() async throws {
        try await run { server, _, max in
            try await server.post(APIPath.workCorrections, Self.body(), as: max).expect(201)
            try await server.delete("\(APIPath.employees)/eva", as: max).expect(204)
            try server.clock.set("2026-03-04T09:00:00.000Z")
            let eva = try await server.employee("eva")
            let manager = try await server.manager("lena")
            try await server.post(APIPath.workCorrections, Self.body(date: "2026-03-03"), as: manager).expect(201)
            try await server.post(APIPath.workCorrections, Self.body(date: "2026-03-04"), as: manager).expect(201)
            let range = "?from=2026-03-01&to=2026-03-04"
            let list = try await server.get(APIPath.workCorrections + range, as: eva)
            #expect(try list.json.array?.map { $0.object?["date"]?.text } == ["2026-03-04"])
            let summary = try await server.get(APIPath.workSummary + range + "&by=range", as: eva)
            #expect(summary.text.contains(#""correctionSeconds":1800"#), "\(summary.text)")
            let all = try await server.get(APIPath.workSummary + range + "&by=range", as: manager)
            #expect(all.text.contains(#""correctionSeconds":5400"#), "\(all.text)")
        }
    }

    @Test func anotherManagersSameKeyIsAnsweredAsTheFirst() async throws {
        try await run { server, _, max in
            let key = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"
            let ada = try await server.manager("ada@example.org")
            let first = try await server.correct("eva", as: max, key: key)
            first.expect(201)
            server.clock.advance(seconds: 60)
            let again = try await server.correct("eva", as: ada, key: key)
            again.expect(200, first.text)
            #expect(try CorrectionResponse(json: again.json).correction.by == max.email)
            try await server.correct("eva", minutes: 31, as: ada, key: key).expectError(409, "conflict")
            let correction = try #require(try first[member: "correction"])
            let list = try await server.get(APIPath.workCorrections, as: ada)
            #expect(try list.json == .array([correction]))
        }
    }

    @Test func ofTheSameMillisecondTheLaterOneComesFirst() async throws {
        try await run { server, eva, max in
            var ids: [String] = []
            for seconds in [0, 60, 0, 0] {
                server.clock.advance(seconds: seconds)
                let made = try await server.correct("eva", minutes: 1, as: max)
                ids.append(try CorrectionResponse(json: made.json).correction.id)
            }
            for person in [eva, max] {
                let list = try #require(try await server.get(APIPath.workCorrections, as: person).json.array)
                #expect(list.compactMap { $0.object?["id"]?.text } == Array(ids.reversed()))
            }
        }
    }

    @Test func theListComesAsCSVAndAsText() async throws {
        try await TestServer.run(["TRACKER_TIME_ZONE": "Europe/Berlin"]) { server in
            _ = try await server.employee("eva")
            let max = try await server.manager()
            let keys = ["0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10", "1c1f6b2f-4d2e-4e3f-9a8b-7c6d5e4f3a21"]
            try await server.correct("eva", reason: "=1+1, said \"twice\"", as: max, key: keys[0]).expect(201)
            server.clock.advance(seconds: 60)
            try await server.correct("eva", minutes: -10, reason: "left early", as: max, key: keys[1]).expect(201)
            server.clock.advance(seconds: 60)
            try await server.revoke(keys[1], as: max).expect(204)
            let csv = try await server.get(APIPath.workCorrections + "?format=csv", as: max)
            #expect(csv["content-type"] == "text/csv; charset=utf-8")
            #expect(csv["content-disposition"] == #"attachment; filename="corrections-2026-03-02.csv""#)
            #expect(
                String(decoding: csv.body, as: UTF8.self)
                    == "id,employeeId,date,minutes,reason,by,createdAt,revokedAt,revokedBy\r\n"
                    + "\(keys[1]),eva,2026-03-02,-10,left early,max@example.org,2026-03-02T08:01:00.000Z,"
                    + "2026-03-02T08:02:00.000Z,max@example.org\r\n"
                    + "\(keys[0]),eva,2026-03-02,30,\"'=1+1, said \"\"twice\"\"\",max@example.org,"
                    + "2026-03-02T08:00:00.000Z,,\r\n")
            let text = try await server.get(APIPath.workCorrections, as: max, headers: ["Accept": "text/plain"])
            #expect(text["content-type"] == "text/plain; charset=utf-8")
            // Of what was revoked nothing is in the total.
            #expect(
                String(decoding: text.body, as: UTF8.self) == """
                    ID                                    EMPLOYEE  DATE        CORRECTION  BY               MADE                 REVOKED              REVOKED BY       REASON
                    \(keys[1])  eva       2026-03-02    -0:10:00  max@example.org  2026-03-02 09:01:00  2026-03-02 09:02:00  max@example.org  left early
                    \(keys[0])  eva       2026-03-02     0:30:00  max@example.org  2026-03-02 09:00:00                                        =1+1, said "twice"
                    TOTAL                                                          0:30:00

                    """)
        }
    }

    @Test(
        arguments: [
            (body(minutes: 0), "minutes"), (body(minutes: 1441), "minutes"), (body(minutes: -1441), "minutes"),
            (body(reason: " "), "reason"), (body(reason: String(repeating: "é", count: 501)), "reason"),
            (body(reason: "two\nlines"), "reason"), (body(date: "2026-03-03"), "date"),
            (body(date: "2025-01-25"), "date"),
            (body(date: "2026-02-29"), "date"), (body(date: ""), "date"),
            (#"{"employeeId":"eva","date":"2026-03-02","minutes":1.5,"reason":"x"}"#, "minutes"),
            (#"{"employeeId":"eva","date":"2026-03-02","minutes":"30","reason":"x"}"#, "minutes"),
            (#"{"employeeId":"eva","date":"2026-03-02","minutes":30}"#, "reason"),
            (#"{"employeeId":7,"date":"2026-03-02","minutes":30,"reason":"x"}"#, "employeeId"),
            (#"{"date":"2026-03-02","minutes":30,"reason":"x"}"#, "employeeId"),
        ])
    func whatIsNotAsItMustBeIsRefused(body: String, field: String) async throws {
        try await run { server, _, max in
            let reply = try await server.post(APIPath.workCorrections, body, as: max)
            try reply.expectError(400, "invalid_field")
            #expect(reply.text.contains("\\\"\(field)\\\""), "\(reply.text)")
            #expect(try server.folders.text("data/corrections.json") == "[]")
        }
    }

    @Test func aDayKeepsBetweenNothingAndItsLength() async throws {
        try await run { server, _, max in
            let send = { (minutes: Int) in
                try await server.post(APIPath.workCorrections, Self.body(minutes: minutes), as: max)
            }
            try await send(-31).expectError(409, "conflict")
            let down = try CorrectionResponse(json: try await send(-30).json).correction
            try await send(-1).expectError(409, "conflict")
            try await send(1440).expect(201)
            try await send(1).expectError(409, "conflict")
            // Without it the day would have half an hour more than it has.
            try await server.delete(APIPath.workCorrections + "/" + down.id, as: max).expectError(409, "conflict")
            try await server.post(APIPath.workCorrections, Self.body("nobody"), as: max).expectError(404, "not_found")
        }
    }

    @Test func onlyManagersCorrect() async throws {
        try await run { server, eva, _ in
            try await server.post(APIPath.workCorrections, Self.body(), as: eva).expectError(403, "forbidden")
            try await server.post(APIPath.workCorrections, Self.body()).expectError(401, "unauthorized")
        }
    }
}
