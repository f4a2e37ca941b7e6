import Files
import Foundation
import Shared
import TestSupport
import Testing

/// `TrackerServer report` as people and cron run it, on a folder with hours of March 2026.
@Suite(.timeLimit(.minutes(2))) struct ReportCommandTests {
    private let folder: TemporaryFolder
    private var data: String { folder.path + "/data" }

    private static let berlin = ["TRACKER_TIME_ZONE": "Europe/Berlin"]
    private static let march = ["--from", "2026-03-01", "--to", "2026-03-31"]
    private static let correction = "0b0e5a1e-3c1d-4d2e-8f7a-6b5c4d3e2f10"

    /// Of three people one has left, and one has worked nothing.
    init() throws {
        folder = try TemporaryFolder()
        try Folder.make(folder.path + "/data")
        let users = [("mira@harbour.example", "Mira Ödegaard"), ("noor@harbour.example", "")].map { email, name in
            #"{"email":"\#(email)","name":"\#(name)","role":"employee","createdAt":"2026-03-01T08:00:00.000Z"}"#
        }
        try folder.write("[\(users.joined(separator: ","))]", to: "data/users.json")
        let sessions = [
            ("mira@harbour.example", "2026-03-02T08:00:00.000Z", "2026-03-02T12:00:00.000Z", 600),
            // In Berlin it goes on over midnight.
            ("mira@harbour.example", "2026-03-03T22:30:00.000Z", "2026-03-03T23:30:00.000Z", 0),
            ("gone@harbour.example", "2026-03-10T09:00:00.000Z", "2026-03-10T10:00:00.000Z", 0),
        ].map { employee, start, end, idle in
            #"{"id":"\#(employee)-\#(start)","employeeId":"\#(employee)","startedAt":"\#(start)","endedAt":"\#(end)","#
                + #""isActive":false,"idleSeconds":\#(idle),"lastHeartbeatAt":"\#(end)","date":"\#(start.prefix(10))"}"#
        }
        try folder.write("[\(sessions.joined(separator: ","))]", to: "data/work_sessions.json")
        try folder.write(
            #"[{"id":"\#(Self.correction)","employeeId":"mira@harbour.example","date":"2026-03-02","minutes":30,"#
                + #""reason":"Client visit","by":"lena@harbour.example","createdAt":"2026-03-03T08:05:00.044Z","#
                + #""revokedAt":null,"revokedBy":null}]"#,
            to: "data/corrections.json")
    }

    /// Runs it in the test's folder.
    private func report(_ arguments: [String], _ environment: [String: String] = berlin) async throws -> Outcome {
        try await run(
            ["env", "-C", folder.path, Program.server, "report", "--data-dir", data] + arguments,
            environment: environment)
    }

    /// The rows of its CSV.
    private func rows(
        _ arguments: String..., environment: [String: String] = berlin
    ) async throws -> [String] {
        let outcome = try await report(Self.march + ["--format", "csv"] + arguments, environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = String(decoding: outcome.output, as: UTF8.self).components(separatedBy: "\r\n")
        return Array(lines.dropFirst().dropLast())
    }

    private func expectRefusal(
        _ outcome: Outcome, _ status: Int32, _ message: String, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let errors = outcome.errors
        #expect(outcome.status == status, "\(errors)", sourceLocation: sourceLocation)
        #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
        #expect(errors.hasPrefix("TrackerServer: \(message)"), "\(errors)", sourceLocation: sourceLocation)
        #expect(errors.filter { $0 == "\n" }.count == 1, "\(errors)", sourceLocation: sourceLocation)
    }

    private struct Entry: Equatable {
        /// Nil of a folder.
        let bytes: [UInt8]?
        /// In nanoseconds since 1970.
        let changedAt: Int64
    }

    /// Everything in the test's folder.
    private func entries() throws -> [String: Entry] {
        var entries: [String: Entry] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            let file = try OpenFile(folder.path + "/" + name, O_RDONLY)
            let bytes = try file.isPlain() ? folder.bytes(of: name) : nil
            entries[name] = Entry(bytes: bytes, changedAt: try file.modificationTime())
        }
        return entries
    }

    // MARK: What it says

    /// While a server runs, after a crash, and after a clean stop.
    @Test func itSaysWhatTheServerSays() async throws {
        let server = try await LiveServer.start(Self.berlin, in: folder)
        let manager = try await server.login()
        // What was acknowledged just now counts.
        try await server.hire("new@harbour.example", password: "a password of their own", intervalMinutes: nil)
        try await server.call("DELETE", "\(APIPath.workCorrections)/\(Self.correction)", token: manager)
        var answers: [String: [UInt8]] = [:]
        for format in ["json", "csv", "text"] {
            let query = "?from=2026-03-01&to=2026-03-31&all=1&explain=1&format=\(format)"
            let (status, body) = try await server.curl(
                APIPath.workSummary + query, ["-H", "Authorization: Bearer \(manager)"])
            #expect(status == 200)
            answers[format] = body
        }
        try await expectReports(answers, "a server runs")
        await server.crash()
        let left = try entries()
        try await expectReports(answers, "no server runs")
        #expect(try entries() == left)
        try await server.restart()
        #expect(await server.stop() == 0)
        try await expectReports(answers, "no server runs")
    }

    private func expectReports(_ answers: [String: [UInt8]], _ holder: String) async throws {
        for (format, answer) in answers {
            let outcome = try await report(Self.march + ["--all", "--explain", "--format", format])
            #expect(outcome.status == 0)
            #expect(outcome.output == answer, "\(String(decoding: outcome.output, as: UTF8.self))")
            let line = try #require(
                outcome.errors.wholeMatch(of: /As of (\S+), days of Europe\/Berlin; (.*)\.\n/), "\(outcome.errors)")
            #expect(Timestamp(iso8601: line.1) != nil)
            #expect(line.2 == holder)
        }
    }

    @Test func aDayIsARowUnlessAnotherUnitIsAskedFor() async throws {
        let mira = "mira@harbour.example,Mira Ödegaard,true,"
        let days = [
            mira + "2026-03-02,2026-03-02,2026-03-02,2026-03-02T08:00:00.000Z,2026-03-02T12:00:00.000Z,"
                + "1,14400,600,13800,1800,15600",
            mira + "2026-03-03,2026-03-03,2026-03-03,2026-03-03T22:30:00.000Z,2026-03-03T23:00:00.000Z,"
                + "1,1800,0,1800,0,1800",
            mira + "2026-03-04,2026-03-04,2026-03-04,2026-03-03T23:00:00.000Z,2026-03-03T23:30:00.000Z,"
                + "1,1800,0,1800,0,1800",
            "gone@harbour.example,,false,2026-03-10,2026-03-10,2026-03-10,2026-03-10T09:00:00.000Z,"
                + "2026-03-10T10:00:00.000Z,1,3600,0,3600,0,3600",
        ]
        #expect(try await rows() == days)
        let whole = "2026-03-02T08:00:00.000Z,2026-03-03T23:30:00.000Z,2,18000,600,17400,1800,19200"
        for (unit, period) in [
            ("week", "2026-W10,2026-03-02,2026-03-08,"), ("month", "2026-03,2026-03-01,2026-03-31,"),
            ("range", "2026-03-01/2026-03-31,2026-03-01,2026-03-31,"),
        ] {
            #expect(try await rows("--by", unit, "--employee", "MIRA@harbour.example") == [mira + period + whole])
        }
        #expect(try await rows("--employee", "nobody") == [])
    }

    @Test func daysAreThoseOfTheZoneThatIsSet() async throws {
        let days = try await rows("--employee", "mira@harbour.example", environment: [:])
        #expect(days.count == 2)
        #expect(days.last?.hasSuffix(",2026-03-03T22:30:00.000Z,2026-03-03T23:30:00.000Z,1,3600,0,3600,0,3600") == true)
        let outcome = try await report(Self.march, [:])
        #expect(outcome.errors.hasSuffix("Z, days of UTC; no server runs.\n"))
    }

    @Test func aTableIsForTheTerminal() async throws {
        let outcome = try await report(Self.march + ["--by", "month"])
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(
            lines == [
                "EMPLOYEE NAME PERIOD FIRST LOGIN LAST LOGOUT SESSIONS ACTIVE IDLE NET CORRECTION PAYABLE",
                "mira@harbour.example Mira Ödegaard 2026-03 2026-03-02 09:00:00 2026-03-04 00:30:00 "
                    + "2 5:00:00 0:10:00 4:50:00 0:30:00 5:20:00",
                "gone@harbour.example 2026-03 2026-03-10 10:00:00 2026-03-10 11:00:00 "
                    + "1 1:00:00 0:00:00 1:00:00 0:00:00 1:00:00",
                "TOTAL 3 6:00:00 0:10:00 5:50:00 0:30:00 6:20:00",
            ])
    }

    @Test func aByteOrderMarkIsForSpreadsheets() async throws {
        let plain = try await report(Self.march + ["--format", "csv"])
        let marked = try await report(Self.march + ["--format", "csv", "--bom"])
        #expect(plain.output.starts(with: "employeeId,name,registered,period,".utf8))
        #expect(marked.output == [0xEF, 0xBB, 0xBF] + plain.output)
    }

    @Test func moreIsSaidWhenItIsAskedFor() async throws {
        func json(_ flags: String...) async throws -> String {
            let outcome = try await report(Self.march + ["--format", "json"] + flags)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return String(decoding: outcome.output, as: UTF8.self)
        }
        let (plain, all, explained) = (try await json(), try await json("--all"), try await json("--explain"))
        let nothing = #""employeeId":"noor@harbour.example","name":"","registered":true,"rows":[],"total":{"#
        #expect(!plain.contains("noor") && !plain.contains(#""parts""#))
        #expect(all.contains(nothing) && !all.contains(#""parts""#))
        #expect(!explained.contains("noor"))
        #expect(explained.contains(#""corrections":[{"id":"\#(Self.correction)""#))
    }

    // MARK: What it leaves alone

    @Test func nothingChanges() async throws {
        let before = try entries()
        for format in ["json", "csv", "text"] {
            #expect(try await report(Self.march + ["--format", format]).status == 0)
        }
        #expect(try entries() == before)
    }

    /// Neither the images nor the key of the tokens is needed.
    @Test func whatIsNotNeededMayBeGoneOrDamaged() async throws {
        let expected = try await report(Self.march)
        for name in ["jwt_secret", "credentials.json", "organization.json", "intervals.json"] {
            try folder.write("no\0thing", to: "data/" + name)
        }
        try folder.write("no folder", to: "uploads")
        for uploads in ["/uploads", "/nowhere"] {
            let settings = ["UPLOAD_DIR": folder.path + uploads].merging(Self.berlin) { own, _ in own }
            let outcome = try await report(Self.march, settings)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == expected.output)
        }
        try Folder.removeFile(data + "/jwt_secret")
        try Folder.make(data + "/jwt_secret")
        #expect(try await report(Self.march).output == expected.output)
    }

    // MARK: What it refuses

    @Test func whereThereIsNoDataThereIsNoReport() async throws {
        let nowhere = folder.path + "/nowhere"
        expectRefusal(try await report(["--data-dir", nowhere]), 1, "There is no folder \(nowhere).\n")
        try Folder.make(nowhere)
        let message = "There is no users.json and no work_sessions.json in \(nowhere); "
        expectRefusal(try await report(["--data-dir", nowhere]), 1, message)
        #expect(try folder.names(in: "nowhere") == [])
    }

    @Test(arguments: ["users.json", "work_sessions.json", "corrections.json"])
    func aFileThatTheServerHasHadIsMissed(name: String) async throws {
        let server = try await LiveServer.start(Self.berlin, in: folder)
        #expect(await server.stop() == 0)
        try Folder.removeFile(data + "/" + name)
        expectRefusal(try await report(Self.march), 1, "\(data)/\(name) is gone. ")
        try folder.write("[5]", to: "data/written-files")
        expectRefusal(try await report(Self.march), 1, "\(data)/written-files: line 1, ")
    }

    @Test func aDamagedFileIsNamedWithThePlace() async throws {
        try folder.write("[]]", to: "data/work_sessions.json")
        expectRefusal(try await report(Self.march), 1, "\(data)/work_sessions.json: line 1, ")
    }

    @Test(arguments: [
        (["--period", "last-year"], #""period" must be today, yesterday, "#),
        (["--period", "today", "--from", "2026-03-01"], #""period" must not stand beside "from" or "to"."#),
        (["--from", "2026-03-01"], #""to" is missing"#),
        (["--from", "2026-03-01", "--to", "2026-03-32"], #""to" must be "#),
        (["--from", "2026-03-31", "--to", "2026-03-01"], #""to" must not lie before "from"."#),
        (["--by", "year"], #""by" must be day, week, month or range."#),
        (["--format", "xml"], #""format" must be json, csv or text."#),
        (["--from", "", "--to", "2026-03-31"], #""from" must not be empty."#),
        (["--from", "2026-03-01", "--to", ""], #""to" must not be empty."#),
        (["--period", ""], #""period" must not be empty."#),
        (["--by", ""], #""by" must not be empty."#),
        (["--employee", ""], #""employee" must not be empty."#),
        (["--format", ""], #""format" must not be empty."#),
        (["--data-dir", ""], #""data-dir" must not be empty."#),
    ])
    func aValueThatIsNotAllowedEndsWithTwo(arguments: [String], message: String) async throws {
        expectRefusal(try await report(arguments), 2, message)
    }
}
