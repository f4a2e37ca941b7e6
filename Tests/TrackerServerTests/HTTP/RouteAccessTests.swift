import Foundation
import HTTPTypes
import JSON
import Shared
import TestSupport
import Testing

@testable import TrackerServer

/// Every route of the table, asked by everybody: whom its access names gets past the checks, and nobody else does.
@Suite(.timeLimit(.minutes(2)))
struct RouteAccessTests {
    private enum Sender: String, CaseIterable {
        /// Without a token, from elsewhere.
        case nobody
        /// Without a token, on the server's own machine.
        case thisMachine = "this machine"
        case employee, manager, administrator
        /// A program with an administrator's API key.
        case reader = "key: read"
        case writer = "key: manage"

        var isKey: Bool { self == .reader || self == .writer }
    }

    /// The table of docs/security.md.
    private actor Table {
        private var rows: [String: [String]] = [:]

        /// Pages and their files are everybody's.
        func add(_ route: Route, _ cell: String) {
            guard !WebAdmin.paths.contains(route.path.text) else { return }
            rows["\(route.path.text) \(route.method.rawValue)", default: []].append(cell)
        }

        /// By their paths.
        var text: String {
            let names = Sender.allCases.map(\.rawValue)
            let head = [["route"] + names, Array(repeating: "---", count: names.count + 1)]
            let body = rows.sorted { $0.key < $1.key }.map { key, cells in
                [key.split(separator: " ").reversed().joined(separator: " ")] + cells
            }
            return (head + body).map { "| \($0.joined(separator: " | ")) |\n" }.joined()
        }
    }

    /// What keys may not do, whatever their scope.
    private static let signedInOnly: Set = [
        "POST /api/auth/logout", "POST /api/auth/refresh", "POST /api/auth/password", "GET /api/auth/sessions",
        "POST /api/auth/totp", "POST /api/auth/totp/confirm", "DELETE /api/auth/totp", "DELETE /api/auth/sessions/{id}",
        "DELETE /api/accounts/{email}/sessions", "POST /api/keys", "POST /api/managers",
        "POST /api/managers/{email}/password", "GET /api/live/{email}/frame", "GET /api/live/{email}/stream",
    ]

    @Test func everyRouteIsOpenToThoseThatItNamesAlone() async throws {
        let table = Table()
        try await TestServer.run { server in
            let emails = [
                Sender.employee: try await server.employee().email, .manager: try await server.manager().email,
                .administrator: TestServer.admin,
            ]
            let admin = try await server.admin()
            var keys: [Sender: Person] = [:]
            for (sender, scope) in [Sender.reader: "read", .writer: "manage"] {
                let made = try await server.post(
                    APIPath.keys, #"{"name": "a program", "scope": "\#(scope)"}"#, as: admin)
                keys[sender] = Person(email: admin.email, token: try #require(try made[member: "secret"]?.text))
            }
            for route in TrackerApplication.routes(server.environment) {
                for sender in Sender.allCases {
                    // One of its own: a route may end it.
                    var person = keys[sender]
                    if let email = emails[sender] { person = try await server.login(email) }
                    let reply = try await server.send(
                        route.method.rawValue, route.path.text.replacing(/{[a-z]+}/, with: "nothing"), as: person,
                        headers: [
                            "Content-Type": "application/json",
                            sender == .nobody ? "Via" : "X-Nothing": "1.1 proxy",
                        ], body: route.method == .get ? nil : Array("{}".utf8))
                    let name = "\(route.method) \(route.path.text) by \(sender): \(reply.text)"
                    await table.add(route, [401, 403].contains(reply.status) ? "\(reply.status)" : "yes")
                    if let code = Self.refusal(of: sender, by: route) {
                        #expect(try reply[member: "code"]?.text == code.rawValue, "\(name)")
                    } else {
                        #expect(reply.status != 401 && reply.status != 403, "\(name)")
                    }
                }
            }
        }
        let page = try String(contentsOfFile: Program.repository + "/docs/security.md", encoding: .utf8)
        let text = await table.text
        #expect(page.contains(text), "docs/security.md must have this table:\n\(text)")
    }

    /// The table of the interface in other words than the server's.
    private static func refusal(of sender: Sender, by route: Route) -> APIError.Code? {
        if sender.isKey, route.access != .everyone {
            let isRefused =
                route.access == .employees || signedInOnly.contains("\(route.method.rawValue) \(route.path.text)")
                || sender == .reader && route.method != .get
            return isRefused ? .forbidden : nil
        }
        let access = route.access
        let allowed: Set<Sender> =
            switch access {
            case .everyone: Set(Sender.allCases)
            case .accounts, .accountsWithTemporaryPassword: [.employee, .manager, .administrator]
            case .employees: [.employee]
            case .managers, .managersWithoutSecondFactor: [.manager, .administrator]
            case .managersAndThisMachine: [.thisMachine, .manager, .administrator]
            case .administrators: [.administrator]
            }
        guard !allowed.contains(sender) else { return nil }
        return sender == .nobody || sender == .thisMachine ? .unauthorized : .forbidden
    }
}
