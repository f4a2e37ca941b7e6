import Foundation
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Reports of random histories against arithmetic that knows nothing of ours: Python's zoneinfo and pandas, which read the
/// data files alone.
struct OtherArithmeticTests {
    /// Zones whose days are odd, and a moment near which they are.
    static let zones = [
        ("Europe/Dublin", "2026-03-29"), ("Africa/Casablanca", "2026-03-22"), ("Australia/Lord_Howe", "2026-04-05"),
        ("Asia/Kathmandu", "2026-03-15"), ("America/Sao_Paulo", "2018-11-04"), ("Pacific/Apia", "2011-12-30"),
        ("America/St_Johns", "2006-10-29"), ("Africa/Cairo", "2023-04-28"), ("America/Havana", "2026-11-01"),
        ("Antarctica/Troll", "2026-10-25"), ("Asia/Tehran", "2021-09-22"), ("Europe/Berlin", "2026-10-25"),
        ("America/Asuncion", "2024-03-24"), ("Asia/Beirut", "2026-03-29"), ("Pacific/Chatham", "2026-09-27"),
        ("UTC", "2026-01-01"),
    ]

    @Test(arguments: zones) func reportsAreWhatOthersReckon(zone: String, middle: String) async throws {
        let python = try await Peers.python()
        let day = try #require(CivilDate(iso8601: middle))
        // Each zone has histories of its own.
        let number = try #require(Self.zones.firstIndex { $0.0 == zone })
        let seeds = (0..<3).map { UInt64(3 * number + $0) }
        var histories: [TestFolders] = []
        defer { histories.forEach { $0.remove() } }
        for seed in seeds {
            let folders = try TestFolders()
            histories.append(folders)
            try await report(RandomHistory(around: day, seed: seed), zone, in: folders)
        }
        let outcome = try await run([python, Peers.programs + "/hours.py", zone, "300"] + histories.map(\.root))
        let output = String(decoding: outcome.output, as: UTF8.self)
        let places = zip(seeds, histories).map { "seed \($0) in \($1.root)" }
        #expect(outcome.status == 0, "\(places): \(output.prefix(4000))\(outcome.errors)")
        let compared = output.split(separator: "\n").filter { $0.hasSuffix(" rows") && !$0.hasSuffix(": 0 rows") }
        #expect(compared.count == seeds.count * ReportDivision.allCases.count)
    }

    /// Puts all reports of a history beside its files.
    private func report(_ history: RandomHistory, _ zone: String, in folders: TestFolders) async throws {
        var history = history
        try folders.write(history.sessions(), to: "data/work_sessions.json")
        try folders.write(history.corrections(), to: "data/corrections.json")
        let (now, from, to) = (history.now.iso8601, history.from.iso8601, history.to.iso8601)
        try folders.write(now, to: "now")
        try await TestServer.run(["TRACKER_TIME_ZONE": zone], at: now, folders: folders) { server in
            let max = try await server.manager()
            for division in ReportDivision.allCases {
                let reply = try await server.get(
                    APIPath.workSummary + "?from=\(from)&to=\(to)&by=\(division.rawValue)", as: max)
                reply.expect(200)
                try folders.write(reply.text, to: "\(division.rawValue).json")
            }
        }
    }
}

/// CSV in the hands of other makers' readers.
struct OtherReadersTests {
    /// Names as a file may hold them, whatever rules there are for new ones.
    static let names = [
        "=1+1", "+49 30 1234", "-2", "@SUM(A1:A9)", "\tTab", "=cmd|' /C calc'!A0", "a,b", "say \"hi\"", "two\nlines",
        "two\r\nlines",
        "\u{202E}backwards", "\u{65E5}\u{672C}\u{8A9E}", "Mira \u{D6}degaard", " blanks ", "'quoted", "\"", ",", "true",
        "007", "1e5",
    ]

    @Test func pythonReadsCSVAsItIsMeant() async throws { try await compare("csv", "pandas") }

    @Test(.enabled("Miller is not installed") { try await Program.isInstalled("mlr") })
    func millerReadsCSVAsItIsMeant() async throws { try await compare("Miller") }

    @Test(.enabled("LibreOffice is not installed") { try await Program.isInstalled("soffice") })
    func libreOfficeReadsCSVAsItIsMeant() async throws { try await compare("LibreOffice") }

    private func compare(_ readers: String...) async throws {
        let python = try await Peers.python()
        let folders = try TestFolders()
        defer { folders.remove() }
        let users = Self.names.enumerated().map { number, name in
            JSONText.object([
                "email": .string("=p\(number)"), "name": .string(name), "role": .string("employee"), "createdAt": .null,
            ])
        }
        let sessions = Self.names.indices.map { number in
            #"{"id":"=p\#(number)-1","employeeId":"=p\#(number)","startedAt":"2026-03-02T07:00:00.000Z","#
                + #""endedAt":"2026-03-02T07:30:00.000Z","isActive":false,"idleSeconds":\#(number),"#
                + #""lastHeartbeatAt":"2026-03-02T07:30:00.000Z","date":"2026-03-02"}"#
        }
        try folders.write("[\(users.joined(separator: ","))]", to: "data/users.json")
        try folders.write("[\(sessions.joined(separator: ","))]", to: "data/work_sessions.json")
        try await TestServer.run(folders: folders) { server in
            let max = try await server.manager()
            var paths: [String] = []
            for (name, query) in [("r.json", "format=json"), ("r.csv", "format=csv"), ("m.csv", "format=csv&bom=1")] {
                let reply = try await server.get(APIPath.workSummary + "?" + query, as: max)
                reply.expect(200)
                try Data(reply.body).write(to: URL(fileURLWithPath: folders.root + "/" + name))
                paths.append(folders.root + "/" + name)
            }
            let outcome = try await run([python, Peers.programs + "/spreadsheets.py"] + paths + readers)
            #expect(outcome.status == 0, "\(String(decoding: outcome.output, as: UTF8.self))\(outcome.errors)")
            #expect(!outcome.output.isEmpty)
        }
    }
}

/// Sessions of five people in some sixty days, across midnights and changes of the clock, one of them under way; and
/// corrections.
private struct RandomHistory {
    let from: CivilDate
    let to: CivilDate
    let now: Timestamp
    private var random: SeededGenerator
    private let names = ["ada", "Bea", "cem", "=dan", "éva"]

    init(around middle: CivilDate, seed: UInt64) {
        random = SeededGenerator(seed: seed)
        from = middle.adding(days: -Int.random(in: 5...30, using: &random))
        to = middle.adding(days: Int.random(in: 5...30, using: &random))
        now = Timestamp(milliseconds: to.adding(days: -2).daysSince1970 * 86_400_000)
            .adding(milliseconds: Int64.random(in: 0..<86_400_000, using: &random))
    }

    mutating func sessions() -> String {
        var sessions: [(start: Timestamp, text: String)] = []
        for name in names {
            var time = Timestamp(milliseconds: from.adding(days: -2).daysSince1970 * 86_400_000)
            while true {
                time = time.adding(milliseconds: Int64.random(in: 0...60_000_000, using: &random))
                let length = Int64.random(in: 1...50_000_000, using: &random)
                let end = time.adding(milliseconds: length)
                guard end < now else { break }
                sessions.append((time, session(of: name, from: time, to: end)))
                time = end
            }
            if time < now { sessions.append((time, session(of: name, from: time, to: nil))) }
        }
        return "[" + sessions.sorted { $0.start < $1.start }.map(\.text).joined(separator: ",") + "]"
    }

    private mutating func session(of name: String, from start: Timestamp, to end: Timestamp?) -> String {
        let last = end ?? max(start, now.adding(seconds: -Int.random(in: 0...290, using: &random)))
        let idle = Int.random(in: 0...Int((last - start) / 1000), using: &random)
        let quoted = end.map { "\"\($0.iso8601)\"" } ?? "null"
        return
            #"{"id":"\#(name)-\#(start.milliseconds)","employeeId":"\#(name)","startedAt":"\#(start.iso8601)","endedAt":\#(quoted),"#
            + #""isActive":\#(end == nil),"idleSeconds":\#(idle),"lastHeartbeatAt":"\#(last.iso8601)","date":"2026-03-02"}"#
    }

    mutating func corrections() -> String {
        let all = (0..<40).map { number -> String in
            let day = from.adding(days: Int.random(in: -3...60, using: &random))
            let isRevoked = Int.random(in: 0..<4, using: &random) == 0
            let revoked = isRevoked ? #""2026-03-02T08:00:00.000Z""# : "null"
            return
                #"{"id":"c-\#(number)","employeeId":"\#(names.randomElement(using: &random) ?? "")","date":"\#(day.iso8601)","#
                + #""minutes":\#(Int.random(in: -300...300, using: &random)),"reason":"r","by":"max","#
                + #""createdAt":"2011-03-02T08:00:00.000Z","revokedAt":\#(revoked),"revokedBy":null}"#
        }
        return "[" + all.joined(separator: ",") + "]"
    }
}
