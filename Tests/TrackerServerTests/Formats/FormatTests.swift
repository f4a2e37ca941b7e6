import Shared
import Testing

@testable import TrackerServer

/// The same rows for spreadsheets and for terminals.
@Suite struct FormatTests {
    private let calendar = WorkCalendar(zone: .utc)

    private func csv(_ cells: Table.Cell...) -> String {
        let columns = cells.indices.map { Table.Column("c\($0)") }
        let lines = String(decoding: Table(columns: columns, rows: [cells]).csv(), as: UTF8.self)
        return String(lines[lines.index(after: lines.firstIndex(of: "\r\n") ?? lines.startIndex)...])
    }

    @Test func aLineHasCommasAndQuotesWhereTheyAreNeeded() {
        #expect(csv(.text("a"), .text("b,c"), .text("d\"e"), .empty) == "a,\"b,c\",\"d\"\"e\",\r\n")
        #expect(csv(.text("two\r\nlines"), .text("\n"), .plain("")) == "\"two\r\nlines\",\"\n\",\r\n")
        #expect(csv(.number(-5), .seconds(61), .minutes(-15), .flag(true), .flag(false)) == "-5,61,-15,true,false\r\n")
        #expect(csv(.time(Timestamp(milliseconds: 1)), .plain("2026-W10")) == "1970-01-01T00:00:00.001Z,2026-W10\r\n")
    }

    @Test(arguments: ["=1+1", "+49 30", "-2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"])
    func aTextThatASpreadsheetWouldCarryOutIsMarkedAsText(text: String) {
        let cell = csv(.text(text), .number(1))
        #expect(cell.hasPrefix("'" + text.prefix(1)) || cell.hasPrefix("\"'" + text.prefix(1)))
    }

    @Test func theHeaderHasTheNamesAndMayHaveAByteOrderMark() {
        let table = Table(columns: [.init("employeeId"), .init("name")])
        #expect(table.csv() == Array("employeeId,name\r\n".utf8))
        #expect(table.csv(hasByteOrderMark: true) == [0xEF, 0xBB, 0xBF] + Array("employeeId,name\r\n".utf8))
    }

    @Test func columnsOnATerminalAreAlignedByWhatItShows() {
        var table = Table(columns: [
            .init("a", "NAME"), .init("hidden"), .init("long", "REASON", isLong: true), .init("n", "TIME"),
            .init("t", "AT"),
        ])
        let time = Timestamp(milliseconds: 1_772_438_700_512)
        table.rows = [
            [.text("日本語"), .text("x"), .text("why not"), .seconds(36_061), .time(time, day: "2026-03-02")],
            [.text("e\u{301}va"), .text("y"), .empty, .seconds(-59), .time(time)],
            [.text("\u{202E}evil\u{1B}[31m"), .text("z"), .text("two\nlines"), .minutes(90), .empty],
        ]
        table.total = [.plain("TOTAL"), .empty, .empty, .seconds(0), .empty]
        #expect(
            table.text(in: calendar) == """
                NAME                        TIME  AT                   REASON
                日本語                  10:01:01  08:05:00             why not
                e\u{301}va                     -0:00:59  2026-03-02 08:05:00
                \\u{202e}evil\\u{1b}[31m   1:30:00                       two\\u{a}lines
                TOTAL                    0:00:00

                """)
    }

    /// Data files may hold anything where the server writes ids and days.
    @Test func whatFilesHoldIsNeverAFormula() {
        let part = WorkSessionsRow.Part(
            id: "=id", startedAt: Timestamp(milliseconds: 0), endedAt: nil, totals: .zero, isOfEarlierAccount: false)
        let sessions = Table([WorkSessionListRow(employeeID: "=employee", date: "=date", part: part)])
        let corrections = Table([
            Correction(
                id: "=id", employeeID: "=employee", date: CivilDate(daysSince1970: 0), minutes: 1, reason: "=reason",
                by: "=by", createdAt: Timestamp(milliseconds: 0), revokedAt: Timestamp(milliseconds: 1),
                revokedBy: "=revokedBy")
        ])
        for table in [sessions, corrections] {
            let lines = String(decoding: table.csv(), as: UTF8.self).split(separator: "\r\n").dropFirst()
            #expect(!lines.joined().split(separator: ",").contains { $0.hasPrefix("=") })
        }
    }
}
