import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

struct CaptureListTests {
    /// An index with a record for each `(employee, ts)`, named `n.png` by its place.
    private func folders(_ records: [(String, String)]) throws -> TestFolders {
        let folders = try TestFolders()
        let rows = records.enumerated().map { index, record in
            #"{"file": "uploads/\#(index).png", "employeeId": "\#(record.0)", "ts": "\#(record.1)"}"#
        }
        try folders.write("[\(rows.joined(separator: ","))]", to: "images/index.json")
        return folders
    }

    private func names(_ reply: Reply) throws -> [String] {
        try #require(try reply.json.array, "\(reply.text)").map {
            try #require($0.object?["file"]?.text).replacingOccurrences(of: "uploads/", with: "")
        }
    }

    private func run(
        _ records: [(String, String)], _ settings: [String: String] = [:],
        _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        let folders = try folders(records)
        defer { folders.remove() }
        try await TestServer.run(settings, folders: folders, body)
    }

    private static let day = [
        ("eva", "2026-03-01T22:59:59.999Z"), ("zoe", "2026-03-01T23:00:00.000Z"), ("eva", "2026-03-02T08:00:00.000Z"),
        ("zoe", "2026-03-02T08:00:00.000Z"), ("Eva", "2026-03-02T22:59:59.999Z"), ("gone", "2026-03-02T23:00:00.000Z"),
    ]

    @Test func theNewestStandFirstThenByName() async throws {
        try await run(Self.day) { server in
            let reply = try await server.get(APIPath.uploadsList, as: try await server.manager())
            #expect(try names(reply) == ["5.png", "4.png", "2.png", "3.png", "1.png", "0.png"])
            #expect(reply["link"] == nil)
            #expect(
                reply.text.hasPrefix(
                    #"[{"file":"uploads/5.png","ts":"2026-03-02T23:00:00.000Z","employeeId":"gone"},"#))
        }
    }

    @Test func employeesSeeTheirOwn() async throws {
        try await run(Self.day) { server in
            let eva = try await server.employee("eva")
            let manager = try await server.manager()
            // Made at 08:00, the account sees nothing older.
            for path in ["", "?employeeId=EVA", "?employeeId="] {
                #expect(try names(try await server.get(APIPath.uploadsList + path, as: eva)) == ["4.png", "2.png"])
            }
            try await server.get(APIPath.uploadsList + "?employeeId=zoe&limit=x", as: eva)
                .expectError(403, "forbidden")
            #expect(
                try names(try await server.get(APIPath.uploadsList + "?employeeId=ZOE", as: manager))
                    == ["3.png", "1.png"])
            try await server.get(APIPath.uploadsList + "?employeeId=nobody", as: manager).expect(200, "[]")
        }
    }

    @Test(arguments: [
        ("from=2026-03-02T08:00:00Z", [5, 4, 2, 3]), ("to=2026-03-02T08:00:00Z", [1, 0]),
        ("from=2026-03-02T09:00:00%2B01:00&to=2026-03-02T08:00:00.001Z", [2, 3]),
        ("from=2026-03-02T09:00:00+01:00&to=2026-03-02T08:00:00.001Z", [2, 3]),
        ("from=2026-03-02T09:00:00+01&to=2026-03-02+08:00:00.001Z", [2, 3]),
        ("from=2026-03-02+09:00%2B01&to=20260302T080000.001Z", [2, 3]),
        ("from=2026-03-02&to=2026-03-02", [4, 2, 3, 1]), ("to=2026-03-01", [0]), ("from=2026-03-03", [5]),
        ("from=2026-03-02&to=2026-03-01", []), ("from=0000-01-01&to=9999-12-31", [5, 4, 2, 3, 1, 0]),
        ("from=&to=", [5, 4, 2, 3, 1, 0]),
    ])
    func aSpanOfTimesOrDaysOfTheZoneIsCutOut(query: String, expected: [Int]) async throws {
        try await run(Self.day, ["TRACKER_TIME_ZONE": "Europe/Berlin"]) { server in
            let reply = try await server.get(APIPath.uploadsList + "?" + query, as: try await server.manager())
            #expect(try names(reply) == expected.map { "\($0).png" })
        }
    }

    @Test(arguments: [
        "from=yesterday", "to=2026-02-30", "from=2026-03-02T08:00:00", "limit=0", "limit=1001", "limit=-1", "limit=x",
        "limit=1.5", "limit=99999999999999999999", "before=x", "before=%00", "before=AAAA", "before=%F0%9F%98%80",
        "from=%", "before=" + "MTIz", "limit=%EF%BC%95",
    ])
    func aBrokenQueryIsRefused(query: String) async throws {
        try await run(Self.day) { server in
            let reply = try await server.get(APIPath.uploadsList + "?" + query, as: try await server.manager())
            try reply.expectError(400, query == "from=%" ? "bad_request" : "invalid_field")
        }
    }

    /// Many images of the same millisecond: the pages must neither lose nor repeat any.
    @Test(arguments: [1, 2, 3, 7, 24, 25, 1000])
    func thePagesHoldEachImageOnce(limit: Int) async throws {
        let records = (0..<25).map { ("a+b&c", "2026-03-02T08:00:00.00\($0 / 10)Z") }
        try await run(records, ["TRACKER_TIME_ZONE": "Asia/Kolkata"]) { server in
            let manager = try await server.manager()
            var path: String? =
                APIPath.uploadsList
                + "?limit=\(limit)&employeeId=a%2Bb%26c&from=2026-03-02T13:30:00%2B05:30&to=2026-03-02"
            var found: [String] = []
            var pages = 0
            while let next = path {
                let reply = try await server.get(next, as: manager)
                let page = try names(reply)
                #expect(page.count == min(limit, 25 - found.count))
                found += page
                pages += 1
                path = try reply["link"].map { link in
                    try #require(link.hasPrefix("</api/uploads/list?") && link.hasSuffix(">; rel=\"next\""), "\(link)")
                    return String(link.dropFirst().dropLast(">; rel=\"next\"".count))
                }
            }
            let all = (20..<25).map { "\($0).png" } + (10..<20).map { "\($0).png" } + (0..<10).map { "\($0).png" }
            #expect(found == all)
            #expect(pages == (25 + limit - 1) / limit)
        }
    }

    @Test func aPageHasTwoHundredImagesWhenNothingIsSaid() async throws {
        try await run((0..<201).map { _ in ("eva", "2026-03-02T08:00:00.000Z") }) { server in
            let reply = try await server.get(APIPath.uploadsList, as: try await server.manager())
            #expect(try names(reply).count == 200)
            #expect(reply["link"] != nil)
        }
    }

    @Test func recentActivityIsGroupedByEmployee() async throws {
        try await run(Self.day + [("eva", "2026-03-02T07:00:00.000Z")]) { server in
            _ = try await server.employee("EVA")
            func image(_ number: Int, _ ts: String, _ more: String = "") -> String {
                #"{"file":"uploads/\#(number).png","ts":"\#(ts)"\#(more)}"#
            }
            try await server.get(APIPath.activityRecent, as: try await server.manager()).expect(
                200,
                #"[{"employeeId":"gone","latest":[\#(image(5, "2026-03-02T23:00:00.000Z"))],"count":1,"#
                    + #""registered":false},{"employeeId":"EVA","latest":["#
                    + [
                        image(4, "2026-03-02T22:59:59.999Z"), image(2, "2026-03-02T08:00:00.000Z"),
                        image(6, "2026-03-02T07:00:00.000Z", #","earlierAccount":true"#),
                    ].joined(separator: ",")
                    + #"],"count":4,"registered":true},{"employeeId":"zoe","latest":["#
                    + [image(3, "2026-03-02T08:00:00.000Z"), image(1, "2026-03-01T23:00:00.000Z")]
                    .joined(separator: ",") + #"],"count":2,"registered":false}]"#)
        }
    }

    @Test func withoutImagesTheListsAreEmpty() async throws {
        try await TestServer.run { server in
            let manager = try await server.manager()
            try await server.get(APIPath.uploadsList, as: manager).expect(200, "[]")
            try await server.get(APIPath.activityRecent, as: manager).expect(200, "[]")
        }
    }
}
