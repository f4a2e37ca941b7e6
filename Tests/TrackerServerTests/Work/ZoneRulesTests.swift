import Foundation
import Shared
import TestSupport
import Testing

@testable import TrackerServer

@Suite struct ZoneRulesTests {
    private let database = ZoneDatabase.system

    /// Python reads the same files with a reader of its own (PEP 615).
    private static let peer = """
        import datetime, random, sys, zoneinfo
        random.seed(7)
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        def offset(zone, time):
            moment = (epoch + datetime.timedelta(seconds=time)).astimezone(zone)
            return int(moment.utcoffset().total_seconds())
        for name in sorted(zoneinfo.available_timezones()):
            zone = zoneinfo.ZoneInfo(name)
            times = [random.randrange(-2208988800, 60000000000) for _ in range(60)]
            # The very seconds at which the clock is set, in years of which files say it by a rule, too.
            for year in [1980, 2026, 2036, 2037, 2038, 2437, 2438, 2500, 3000]:
                time = int((datetime.datetime(year, 1, 1) - datetime.datetime(1970, 1, 1)).total_seconds())
                last = offset(zone, time)
                for step in range(0, 366 * 86400, 7 * 86400):
                    low, high = time + step, time + step + 7 * 86400
                    if offset(zone, high) == last: continue
                    while high - low > 1:
                        middle = (low + high) // 2
                        if offset(zone, middle) == last: low = middle
                        else: high = middle
                    times += [low, high]
                    last = offset(zone, time + step + 7 * 86400)
            print(name, *[f"{time}:{offset(zone, time)}" for time in times])
        """

    @Test(.timeLimit(.minutes(5))) func everyZoneShowsWhatAnotherReaderSees() async throws {
        let outcome = try await run("python3", "-c", Self.peer)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let lines = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n").filter {
            !$0.hasPrefix("Factory ") && !$0.hasPrefix("localtime ")
        }
        #expect(lines.count > 300)
        for line in lines {
            let words = line.split(separator: " ")
            let zone = try #require(database.zone(String(words[0])), "\(words[0])")
            #expect(zone.source.hasPrefix("/usr/share/zoneinfo, 20"))
            for word in words.dropFirst() {
                let numbers = word.split(separator: ":").compactMap { Int64($0) }
                let found = zone.offset(at: numbers[0])
                if found != Int(numbers[1]) { Issue.record("\(words[0]) \(word) \(found)") }
            }
        }
    }

    @Test(arguments: [
        "BST", "IST", "CST", "PST", "ACT", "europe/berlin", "EUROPE/Berlin/", "/etc/passwd", "../../etc/passwd",
        "Europe/../Europe/Berlin", "posix/Europe/Berlin", "right/Europe/Berlin", "localtime", "posixrules", "Factory",
        "tzdata.zi", "Europe", "Europe/", "GMT+3", "+03:00", "Mars/Olympus", "Europe/Berlin\u{0}", "Zone",
    ])
    func whatIsNoNameInTheDatabaseIsNone(name: String) {
        #expect(database.zone(name) == nil)
    }

    @Test(arguments: [
        "UTC", "Etc/GMT+3", "EST5EDT", "Asia/Kolkata", "America/Argentina/ComodRivadavia", "Japan", "EST",
    ])
    func everyNameOfTheDatabaseIsOne(name: String) {
        #expect(database.zone(name)?.name == name)
        #expect(name != "Etc/GMT+3" || database.zone(name)?.offset(at: 0) == -10_800)
    }

    @Test func whereTheSystemHasNoneFoundationsOwnCount() throws {
        let folder = try TemporaryFolder()
        let none = ZoneDatabase(folder: folder.path)
        for name in ["Europe/Berlin", "UTC", "Asia/Kolkata", "Japan"] {
            let zone = try #require(none.zone(name))
            #expect(zone.source.contains("Foundation"))
        }
        for name in ["BST", "IST", "EST", "europe/berlin", "../Europe/Berlin", "Mars/Olympus"] {
            #expect(none.zone(name) == nil)
        }
        try folder.write("TZif2 and then something else", to: "Japan")
        #expect(none.zone("Japan")?.source.contains("Foundation") == true)
    }

    @Test(arguments: [
        ("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-10-25T01:00:00Z", "2026-03-29T01:00:00Z"),
        ("EET-2EEST,M3.4.4/50,M10.4.4/50", "2026-03-28T00:00:00Z", "2026-10-23T23:00:00Z"),
        ("XXX0YYY,J60/0,J365/0", "2028-03-01T00:00:00Z", "2028-12-30T23:00:00Z"),
        ("XXX0YYY,59/0,364/0", "2028-02-29T00:00:00Z", "2028-12-29T23:00:00Z"),
    ])
    func aYearsRuleSaysWhenTheClockIsSet(text: String, start: String, end: String) throws {
        let summer = try #require(YearlyRule(posix: text)?.summer)
        let standard = try #require(YearlyRule(posix: text)?.standard)
        let year = try #require(Int(start.prefix(4)))
        let times = [
            summer.start.seconds(in: year) - Int64(standard), summer.end.seconds(in: year) - Int64(summer.offset),
        ]
        #expect(times.map { Timestamp(milliseconds: $0 * 1000) } == [start, end].map { Timestamp(iso8601: $0) })
    }

    @Test(arguments: [
        "", "E5", "EST", "EST25", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,J0,J365", "EST5EDT,0,366", "EST5EDT,M3.2.0/168,M11.1.0", "<+03-3", "EST5EDT,M3.2.0,M11.1.0x",
    ])
    func aRuleThatIsNoneIsRefused(text: String) {
        #expect(YearlyRule(posix: text) == nil)
    }

    /// A year that is all summer (RFC 9636, section 3.3.1).
    @Test func summerMayLastForEver() throws {
        let rules = try #require(ZoneRules(tzif: Self.file(footer: "XXX3EDT4,0/0,J365/23")))
        for text in ["2026-01-01T02:59:59Z", "2026-01-01T03:00:00Z", "2026-07-01T00:00:00Z", "2999-12-31T23:00:00Z"] {
            let time = try #require(Timestamp(iso8601: text))
            #expect(rules.offset(at: time.milliseconds / 1000) == -4 * 3600)
        }
    }

    @Test func aFileThatIsCutShortOrWrongIsNone() throws {
        let whole = Self.file(footer: "CET-1CEST,M3.5.0,M10.5.0/3")
        #expect(ZoneRules(tzif: whole) != nil)
        for length in 0..<whole.count { #expect(ZoneRules(tzif: Array(whole.prefix(length))) == nil) }
        #expect(ZoneRules(tzif: Self.file(footer: "nonsense")) == nil)
        #expect(ZoneRules(tzif: Self.file(footer: "UTC0", leaps: 1)) == nil)
        var huge = whole
        huge.replaceSubrange(32..<36, with: [0x7F, 0xFF, 0xFF, 0xFF])
        #expect(ZoneRules(tzif: huge) == nil)
    }

    /// A file of version 2 with one type, UTC, and no change but what the footer says.
    private static func file(footer: String, leaps: UInt8 = 0) -> [UInt8] {
        func block(_ timeSize: Int) -> [UInt8] {
            let counts: [UInt8] = [0, 0, leaps, 0, 1, 4]
            return Array("TZif2".utf8) + [UInt8](repeating: 0, count: 15) + counts.flatMap { [0, 0, 0, $0] }
                + [0, 0, 0, 0, 0, 0] + Array("UTC\u{0}".utf8)
                + [UInt8](repeating: 0, count: Int(leaps) * (timeSize + 4))
        }
        return block(4) + block(8) + Array("\n\(footer)\n".utf8)
    }
}
