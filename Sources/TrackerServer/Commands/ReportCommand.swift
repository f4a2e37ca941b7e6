import ArgumentParser
import Files
import Foundation
import JSON
import Settings
import Shared

/// `TrackerServer report`.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints hours and changes nothing, for cron and spreadsheets.",
        discussion: """
            The report is that of GET \(APIPath.workSummary), read from the data folder: what is on disk at this moment. A \
            server may run meanwhile. Days are those of TRACKER_TIME_ZONE: give it the server's.
            """)

    @Option(help: ArgumentHelp("The first day, such as 2026-03-01; with --to.", valueName: "day"))
    var from: String?

    @Option(help: ArgumentHelp("The last day, which is included; with --from.", valueName: "day"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "Both at once: \(NamedPeriod.allCases.map(\.rawValue).joined(separator: ", ")) (today).",
            valueName: "period"))
    var period: String?

    @Option(
        help: ArgumentHelp(
            "What a row is: \(ReportDivision.allCases.map(\.rawValue).joined(separator: ", ")) (day).",
            valueName: "unit"))
    var by: String?

    @Option(help: ArgumentHelp("One employee; everybody otherwise.", valueName: "email"))
    var employee: String?

    @Flag(help: "Also employees who have nothing in those days.")
    var all = false

    @Flag(help: "In JSON, what each row is made of.")
    var explain = false

    @Option(
        help: ArgumentHelp(
            "\(AnswerFormat.allCases.map(\.rawValue).joined(separator: ", ")) (text).", valueName: "format"))
    var format: String?

    @Flag(help: "CSV begins with a byte order mark, for spreadsheets.")
    var bom = false

    @Option(help: ArgumentHelp("The folder of the JSON files (DATA_DIR).", valueName: "folder"))
    var dataDir: String?

    func run() async throws {
        try refuseEmptyValues()
        let flags = ["DATA_DIR": dataDir].compactMapValues { $0 }
        let configuration = try ServerConfiguration(try Settings.ofProcess(flags: flags))
        guard try Folder.exists(configuration.dataFolder) else {
            throw ProgramExit(1, "There is no folder \(configuration.dataFolder).")
        }
        let calendar = WorkCalendar(zone: configuration.zone)
        let report = WorkReport(
            rules: WorkRules(calendar: calendar, timeout: Int64(configuration.sessionTimeoutSeconds) * 1000), now: .now)
        let (request, format) = try wanted(on: report.today)
        var layout = StoreLayout(dataFolder: configuration.dataFolder, uploadFolder: configuration.uploadFolder)
        layout.calendar = calendar
        let (source, holder) = try await ReportReader(layout: layout).source(of: request)
        let summary = report.summary(request, of: source)
        try OpenFile.write(bytes(of: summary, as: format, calendar).span, to: STDOUT_FILENO, named: "the report")
        let server = holder == .nobody ? "no server runs" : "a server runs"
        let line = "As of \(report.now.iso8601), days of \(summary.zone); \(server).\n"
        FileHandle.standardError.write(Data(line.utf8))
    }

    /// An empty value comes of a variable that is not set: without it the report would be another one.
    private func refuseEmptyValues() throws {
        let given = [
            ("from", from), ("to", to), ("period", period), ("by", by), ("employee", employee), ("format", format),
            ("data-dir", dataDir),
        ]
        if let (name, _) = given.first(where: { $0.1?.isEmpty == true }) {
            throw ProgramExit(2, "\"\(name)\" must not be empty.")
        }
    }

    /// The options mean what the parameters of the same names mean in a request.
    private func wanted(on today: CivilDate) throws -> (ReportRequest, AnswerFormat) {
        let query = Query(
            ["from": from, "to": to, "period": period, "by": by, "format": format].compactMapValues { $0 })
        do {
            let request = ReportRequest(
                days: try query.days(today: today), division: try query.choice("by") ?? .day,
                employee: employee.map { AccountID(stored: $0) }, includesAll: all, explains: explain)
            return (request, try query.choice("format") ?? .text)
        } catch let error as APIError {
            throw ProgramExit(2, error.message)
        }
    }

    private func bytes(of summary: WorkReportResponse, as format: AnswerFormat, _ calendar: WorkCalendar) -> [UInt8] {
        switch format {
        case .csv: return summary.table.csv(hasByteOrderMark: bom)
        case .text: return Array(summary.table.text(in: calendar).utf8)
        case .json:
            var writer = JSONWriter(.compact)
            summary.write(to: &writer)
            return writer.bytes + [UInt8(ascii: "\n")]
        }
    }
}
