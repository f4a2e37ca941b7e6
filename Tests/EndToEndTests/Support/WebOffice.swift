import JSON
import Shared
import TestSupport
import Testing

/// An office with people, hours and captures, and a program of Tests/Peers that looks at the web admin's pages there.
struct WebOffice {
    let server: LiveServer
    /// Emails and passwords by role, as these programs take them.
    let accounts: JSONValue

    private static let manager = "bo@harbour.example"
    private static let employees = ["mira@harbour.example", "jonas@harbour.example"]
    private static let newcomer = "nina@harbour.example"
    private static let password = "a password of their own"

    /// With a month behind it, in the zone of Berlin; a manager is new and has a temporary password.
    static func afterAMonth() async throws -> WebOffice {
        let folder = try TemporaryFolder()
        let outcome = try await run("python3", Peers.programs + "/office.py", folder.path)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let server = try await LiveServer.start(["TRACKER_TIME_ZONE": "Europe/Berlin"], in: folder)
        let token = try await server.login()
        let password = JSONValue.object([
            "password": .string(Self.password), "currentPassword": .string(LiveServer.password),
        ])
        for path in ["\(APIPath.managers)/\(manager)"] + employees.map({ "\(APIPath.employees)/\($0)" }) {
            try await server.call("POST", path + "/password", token: token, password)
        }
        let newcomer = try await server.call(
            "POST", APIPath.managers, token: token,
            .object(["email": .string(Self.newcomer), "name": .string("Nina Ek")]))
        let temporary = try #require(newcomer.object?["temporaryPassword"]?.text)
        return WebOffice(
            server: server,
            accounts: accounts([
                ("super_admin", LiveServer.administrator, LiveServer.password), ("manager", manager, Self.password),
                ("employee", employees[0], Self.password), ("new", Self.newcomer, temporary),
            ]))
    }

    static func accounts(_ all: [(role: JSONString, email: String, password: String)]) -> JSONValue {
        .object(JSONObject(all.map { ($0.role, .array([.string($0.email), .string($0.password)])) }))
    }

    /// Has the program look; what it complains about is an issue.
    /// - Parameter others: its arguments behind the server's address.
    /// - Returns: the last of what it has printed: how many things it has looked at.
    func look(_ program: String, _ others: String...) async throws -> String {
        let browser = try ChildProcess(
            [try await Peers.python(), "\(Peers.programs)/\(program)", server.url] + others,
            environment: ["HOME": server.folder.path, "TMPDIR": server.folder.path], hasInput: true)
        #expect(browser.write(JSONWriter.bytes(of: accounts, .compact)))
        browser.closeInput()
        async let errors = bytes(from: browser.errors)
        let said = String(decoding: await bytes(from: browser.output), as: UTF8.self)
        let complaints = String(decoding: await errors, as: UTF8.self)
        #expect(await browser.end() == 0, "\(said)\(complaints)")
        return said.split(separator: "\n").last.map(String.init) ?? ""
    }
}
