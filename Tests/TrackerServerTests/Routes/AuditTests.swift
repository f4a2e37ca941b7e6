import Files
import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// What the audit has of what people do, and who may read it.
struct AuditTests {
    private struct Office: Sendable {
        let server: TestServer
        let eva: Person
        let max: Person
        let admin: Person
        /// Of one capture of `eva`.
        let path: String

        func audit(_ query: String = "", as person: Person? = nil) async throws -> [JSONObject] {
            let path = person == nil ? APIPath.audit : APIPath.auditMe
            let reply = try await server.get(path + query, as: person ?? admin)
            try #require(reply.status == 200, "\(reply.text)")
            return try #require(reply.json.array).compactMap(\.object)
        }

        /// `what who about` of the newest, the newest first.
        func newest(_ count: Int, _ query: String = "") async throws -> [String] {
            try await audit(query).prefix(count).map {
                "\($0["what"]?.text ?? "") \($0["who"]?.text ?? "-") \($0["about"]?.text ?? "-")"
            }
        }

        var file: String { server.folders.data + "/" + AuditLog.fileName }
        func lines() throws -> AuditLines { try AuditLines(at: file) }
    }

    private func run(
        _ image: [UInt8] = TestImage.png(ofSize: 300_000), _ body: @escaping @Sendable (Office) async throws -> Void
    ) async throws {
        try await TestServer.run { server in
            let (eva, max) = (try await server.employee("eva"), try await server.manager("max"))
            let reply = try await server.upload(.image(image), as: eva)
            let file = try #require(try reply[member: "file"]?.text)
            server.clock.advance(seconds: 300)
            try await body(
                Office(server: server, eva: eva, max: max, admin: try await server.admin(), path: "/" + file))
        }
    }

    // MARK: Looks

    @Test func aManagersLookIsOneLineThatIsThereWithTheAnswer() async throws {
        try await run { office in
            let before = try office.lines().lines.count
            try await office.server.get(office.path, as: office.max).expect(200)
            let lines = try office.lines()
            #expect(lines.lines.count == before + 1)
            #expect(try lines.whole() == before + 1)
            let entry = try #require(try lines.entries.last?.entry)
            #expect(entry.what == .imageViewed)
            #expect(entry.who == "max")
            #expect(entry.about == "eva")
            #expect(entry.address == "127.0.0.1")
            #expect(entry.at == office.server.clock.now)
            #expect(entry.detail?["file"]?.text == String(office.path.dropFirst()))
            #expect(entry.detail?["ts"]?.text == "2026-03-02T08:00:00.000Z")
        }
    }

    @Test func whoLooksAtOwnCapturesOrGetsNoneLeavesNoLine() async throws {
        try await run { office in
            let before = try office.lines().lines.count
            try await office.server.get(office.path, as: office.eva).expect(200)
            try await office.server.get("/uploads/nothing.png", as: office.max).expect(404)
            try await office.server.send("HEAD", office.path, as: office.max).expect(200)
            try await office.server.get(office.path, as: office.max, headers: ["Range": "bytes=900000-"]).expect(416)
            #expect(try office.lines().lines.count == before)
        }
    }

    @Test func rangesAndRevalidationBelongToOneLook() async throws {
        try await run { office in
            let before = try office.lines().lines.count
            for start in [0, 100_000, 200_000] {
                try await office.server.get(
                    office.path, as: office.max, headers: ["Range": "bytes=\(start)-\(start + 99_999)"]
                ).expect(206)
            }
            let tag = try #require(try await office.server.send("HEAD", office.path, as: office.max)["etag"])
            try await office.server.get(office.path, as: office.max, headers: ["If-None-Match": tag]).expect(304)
            #expect(try office.lines().lines.count == before + 1)
            office.server.clock.advance(seconds: 60)
            try await office.server.get(office.path, as: office.max, headers: ["If-None-Match": tag]).expect(304)
            #expect(try office.lines().lines.count == before + 2)
        }
    }

    @Test func smallPicturesAreOneLineAPageOfTheList() async throws {
        let png = try EncodedPNG.bytes(width: 400, height: 300)
        try await run(png) { office in
            for seconds in [60, 120] {
                office.server.clock.advance(seconds: seconds)
                try await office.server.upload(.image(png), as: office.eva).expect(201)
            }
            let list = try await office.server.get(APIPath.uploadsList, as: office.max)
            let files = try #require(list.json.array).compactMap { $0.object?["file"]?.text }
            #expect(files.count == 3)
            let before = try office.lines().lines.count
            for file in files { try await office.server.get("/\(file)?width=160", as: office.max).expect(200) }
            let lines = try office.lines()
            #expect(lines.lines.count == before + 1)
            let entry = try #require(try lines.entries.last?.entry)
            #expect(entry.what == .thumbnailsViewed)
            #expect(entry.about == "eva")
            #expect(entry.detail?["number"] == .number(3))
            #expect(entry.detail?["from"]?.text == "2026-03-02")
            // What can be read is more than a small picture.
            try await office.server.get("/\(files[0])?width=1280", as: office.max).expect(200)
            #expect(try office.lines().entries.last?.entry.what == .imageViewed)
        }
    }

    @Test func manyLooksAtOnceHaveALineEach() async throws {
        try await run { office in
            let before = try office.lines().lines.count
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 {
                    group.addTask { try await office.server.get(office.path, as: office.max).expect(200) }
                }
                try await group.waitForAll()
            }
            #expect(try office.lines().whole() == before + 40)
        }
    }

    // MARK: What people do

    @Test func whatPeopleDoHasALineEach() async throws {
        try await run { office in
            let server = office.server
            try await server.post(
                APIPath.captureInterval, #"{"employeeId": "EVA", "intervalMinutes": 5}"#, as: office.max
            ).expect(200)
            try await server.delete("/api/capture-interval/eva", as: office.max).expect(204)
            try await server.post(APIPath.organization, #"{"name": "Harbour"}"#, as: office.max).expect(200)
            try await server.post(server.path(ofEmployee: "eva", "/password"), as: office.max).expect(200)
            try await server.delete(server.path(ofEmployee: "eva"), as: office.max).expect(204)
            try await server.post(APIPath.logout, as: office.max).expect(204)
            #expect(
                try await office.newest(6) == [
                    "tokens_ended max max", "account_removed max eva", "password_reset max eva",
                    "organization_saved max -", "interval_removed max eva", "interval_assigned max eva",
                ])
            #expect(
                try await office.newest(2, "?what=account_added") == [
                    "account_added \(TestServer.admin) max", "account_added \(TestServer.admin) eva",
                ])
        }
    }

    @Test func loginsAndRefusalsHaveALineWithoutAnyPassword() async throws {
        try await run { office in
            let server = office.server
            // The last one is a password in the wrong field.
            for email in ["EVA", "hunter2-my-password!!"] {
                try await server.post(
                    APIPath.login, #"{"email": "\#(email)", "password": "not my password"}"#
                ).expectError(401, "invalid_credentials")
            }
            try await server.post(
                APIPath.login, #"{"email": "eva", "password": "\#(TestServer.password)", "role": "manager"}"#
            ).expectError(403, "forbidden")
            _ = try await server.login("eva")
            #expect(
                try await office.newest(4) == [
                    "login eva eva", "login_refused - eva", "login_refused - -", "login_refused - eva",
                ])
            let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: office.file)), as: UTF8.self)
            #expect(!text.contains("hunter2"))
            #expect(!text.contains("not my password") && !text.contains(TestServer.password))
        }
    }

    @Test func anEmployeeReadsWhoSetItsPasswordAndSignedItOut() async throws {
        try await run { office in
            let server = office.server
            try await server.post(
                "/api/employees/eva/password", #"{"password": "set by somebody else"}"#, as: office.max
            )
            .expect(200)
            _ = try await server.login("eva", "set by somebody else")
            try await server.delete("/api/accounts/eva/sessions", as: office.admin).expect(204)
            // What it does itself it knows.
            try await server.post(APIPath.logout, as: try await server.login("eva", "set by somebody else")).expect(204)
            let eva = try await server.login("eva", "set by somebody else")
            #expect(
                try await office.audit(as: eva).prefix(2).map { "\($0["what"]?.text ?? "") \($0["who"]?.text ?? "")" }
                    == ["tokens_ended \(TestServer.admin)", "password_reset max"])
        }
    }

    @Test func aWrongPasswordOfOnesOwnIsARefusalToo() async throws {
        try await run { office in
            let server = office.server
            try await server.post(
                server.path(ofManager: "max", "/password"), #"{"currentPassword": "not my password"}"#, as: office.admin
            ).expectError(401, "invalid_credentials")
            try await server.post(
                APIPath.password,
                #"{"currentPassword": "not my password", "newPassword": "quite another password"}"#, as: office.eva
            ).expectError(401, "invalid_credentials")
            // What has nothing to do with a password is none.
            try await server.post(
                server.path(ofManager: "max", "/password"), #"{"currentPassword": "not my password"}"#, as: office.eva
            ).expectError(403, "forbidden")
            #expect(try await office.newest(2) == ["login_refused - eva", "login_refused - \(TestServer.admin)"])
        }
    }

    // MARK: Reading

    @Test func linesComeInPagesTheNewestFirst() async throws {
        try await run { office in
            for _ in 0..<5 { try await office.server.get(office.path, as: office.max).expect(200) }
            let all = try await office.audit("?limit=1000")
            #expect(try all.count == office.lines().lines.count)
            var numbers: [Int] = []
            var path: String? = APIPath.audit + "?limit=2"
            while let next = path {
                let reply = try await office.server.get(next, as: office.admin)
                reply.expect(200)
                let page = try #require(reply.json.array)
                #expect(page.count <= 2)
                for case .number(let number)? in page.map({ $0.object?["n"] }) { numbers.append(number.integer ?? 0) }
                path = reply["link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
            }
            #expect(numbers == Array((1...all.count).reversed()))
        }
    }

    @Test func filtersNarrowWhatIsShown() async throws {
        try await run { office in
            try await office.server.get(office.path, as: office.max).expect(200)
            #expect(try await office.audit("?about=EVA&what=image_viewed").count == 1)
            #expect(try await office.audit("?who=Max&what=image_viewed").count == 1)
            #expect(try await office.audit("?who=eva&what=image_viewed").isEmpty)
            #expect(try await office.audit("?about=ev").isEmpty)
            #expect(try await office.audit("?period=yesterday").isEmpty)
            #expect(try await office.audit("?from=2026-03-01&to=2026-03-02&what=image_viewed").count == 1)
            for query in ["what=nothing", "limit=0", "before=x", "from=2026-03-01", "x=1"] {
                try await office.server.get(APIPath.audit + "?" + query, as: office.admin)
                    .expectError(400, "invalid_field")
            }
        }
    }

    @Test func othersReadTheAuditNowhere() async throws {
        try await run { office in
            for person in [office.eva, office.max] {
                try await office.server.get(APIPath.audit, as: person).expectError(403, "forbidden")
            }
            for person in [office.max, office.admin] {
                try await office.server.get(APIPath.auditMe, as: person).expectError(403, "forbidden")
            }
            try await office.server.get("/uploads/" + AuditLog.fileName, as: office.admin).expect(404)
        }
    }

    @Test func anEmployeeSeesWhoLookedAndNotFromWhere() async throws {
        try await run { office in
            _ = try await office.server.employee("tom")
            try await office.server.get(office.path, as: office.max).expect(200)
            try await office.server.post(
                APIPath.captureInterval, #"{"employeeId": "tom", "intervalMinutes": 5}"#, as: office.max
            ).expect(200)
            let own = try await office.audit(as: office.eva)
            #expect(own.count == 1)
            #expect(own.first?.members.map(\.key) == ["n", "at", "who", "what", "about", "detail"])
            #expect(own.first?["who"]?.text == "max")
            #expect(own.first?["detail"]?.object?["ts"]?.text == "2026-03-02T08:00:00.000Z")
            try await office.server.get(APIPath.auditMe + "?about=tom", as: office.eva).expectError(
                400, "invalid_field")
        }
    }

    @Test func anEmployeeSeesNothingThatIsOlderThanItsAccount() async throws {
        try await run { office in
            let server = office.server
            try await server.get(office.path, as: office.max).expect(200)
            try await server.delete(server.path(ofEmployee: "eva"), as: office.max).expect(204)
            server.clock.advance(seconds: 60)
            let other = try await server.employee("eva")
            #expect(try await office.audit(as: other).isEmpty)
            // Nor looks at what the other person has left.
            try await server.get(office.path, as: office.max).expect(200)
            #expect(try await office.audit(as: other).isEmpty)
            #expect(try await office.audit("?what=image_viewed").count == 2)
        }
    }

    @Test func spreadsheetsAndTerminalsReadItToo() async throws {
        try await run { office in
            try await office.server.get(office.path, as: office.max).expect(200)
            let csv = try await office.server.get(APIPath.audit + "?format=csv&what=image_viewed", as: office.admin)
            #expect(csv["content-disposition"] == #"attachment; filename="audit-2026-03-02.csv""#)
            let lines = String(decoding: csv.body, as: UTF8.self).components(separatedBy: "\r\n")
            #expect(lines[0] == "n,at,who,address,what,about,detail,prev")
            #expect(lines[1].contains(#",max,127.0.0.1,image_viewed,eva,"{""file"":""uploads/"#))
            let text = try await office.server.get(APIPath.auditMe + "?format=text", as: office.eva)
            #expect(String(decoding: text.body, as: UTF8.self).hasPrefix("AT"))
            #expect(!String(decoding: text.body, as: UTF8.self).contains("127.0.0.1"))
        }
    }
}
