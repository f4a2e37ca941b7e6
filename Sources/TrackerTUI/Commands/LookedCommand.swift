import ArgumentParser
import Files
import FoundationEssentials
import Glibc
import JSON
import Settings
import Shared

/// Says who looked at the captures and the screen of whoever is signed in here.
struct LookedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "looked",
        abstract: "Say who looked at your captures and your screen, and who changed your interval, hours or password.",
        discussion: """
            Of the last 31 days, unless it is told which; the newest first. It asks as whoever is signed in on this computer. Days \
            are the server's, times are yours.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(help: "The first day, YYYY-MM-DD; needs --to.")
    var from: String?

    @Option(help: "The last day, YYYY-MM-DD; needs --from.")
    var to: String?

    @Option(help: "today, yesterday, this-week, last-week, this-month or last-month, instead of both.")
    var period: String?

    @Option(help: "text, or json for scripts: what the server has, one row a line.")
    var format = Format.text

    @Option(help: "Address of the server; else BACKEND_URL, else that of the login.")
    var backendURL: String?

    @Option(help: "Certificates that the server's may be signed by, in PEM; else TRACKER_CA_FILE, else the system's.")
    var caFile: String?

    /// Days of which it tells when nobody says.
    private static let usualDays: Int64 = 31
    private static let pageSize = 500

    func validate() throws {
        if period != nil, from != nil || to != nil { throw ValidationError("--period goes without --from and --to.") }
        if (from == nil) != (to == nil) { throw ValidationError("--from and --to go together.") }
        for day in [from, to].compactMap({ $0 }) where CivilDate(iso8601: day) == nil {
            throw ValidationError("A day must be \(CivilDate.rule).")
        }
    }

    func run() async throws {
        var flags: [String: String] = [:]
        flags["BACKEND_URL"] = backendURL
        flags["TRACKER_CA_FILE"] = caFile
        let configuration = try ClientConfiguration.ofProcess(flags: flags)
        let login = try await ClientState(directory: configuration.stateDirectory).login()
        guard let login, configuration.means(login.account) else {
            throw ProgramExit(1, "Nobody is signed in here: start TrackerTUI, and sign in.")
        }
        let clients = HTTPClients(configuration.access)
        let client = clients.client(for: login.account.server, heard: { _ in })
        let result: Result<Void, any Error>
        do {
            result = .success(try await show(client, token: login.token))
        } catch {
            result = .failure(error)
        }
        try await clients.shutdown()
        try result.get()
    }

    private func show(_ client: TrackerClient, token: String) async throws {
        var next: String? = "\(APIPath.auditMe)?\(range)&limit=\(Self.pageSize)"
        var count = 0
        while let path = next {
            let page: AuditPage
            do throws(TrackerAPIError) {
                page = try await client.whoLooked(path, token: token)
            } catch {
                throw ProgramExit(1, Self.sentence(for: error))
            }
            try print(page.rows.map(line))
            count += page.rows.count
            next = page.next
        }
        if count == 0, format == .text { try print(["Nobody has looked, nor changed anything, in these days."]) }
    }

    private var range: String {
        if let period { return "period=\(period.filter { $0.isLetter || $0 == "-" })" }
        // It may be tomorrow where the server is.
        let today = Int64(Date.now.timeIntervalSince1970 / 86_400)
        let first = from ?? CivilDate(daysSince1970: today - Self.usualDays + 1).iso8601
        return "from=\(first)&to=\(to ?? CivilDate(daysSince1970: today + 1).iso8601)"
    }

    private func line(of row: AuditRow) -> String {
        switch format {
        case .json: return String(decoding: JSONWriter.bytes(of: row.json, .compact), as: UTF8.self)
        case .text:
            let time = LocalTime(zone: .system)
            return "\(time.dateAndClock(row.at))  \(Looks.words(for: row, time.dateAndClock))"
        }
    }

    private func print(_ lines: [String]) throws(FileError) {
        let bytes = lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
        if !bytes.isEmpty { try OpenFile.write(bytes.span, to: STDOUT_FILENO, named: "standard output") }
    }

    private static func sentence(for error: TrackerAPIError) -> String {
        guard case .refused(let refusal) = error else { return error.message }
        return switch refusal.status {
        case 401: "The login here has ended: start TrackerTUI, and sign in again."
        case 404: "This server does not tell who looked: it is of an earlier version."
        default: refusal.message
        }
    }
}
