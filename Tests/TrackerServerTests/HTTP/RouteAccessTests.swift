import HTTPTypes
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Every route of the table, asked by everybody: whom its access names gets past the checks, and nobody else does.
@Suite(.timeLimit(.minutes(2)))
struct RouteAccessTests {
    private enum Sender: CaseIterable {
        /// Without a token, from elsewhere.
        case nobody
        /// Without a token, on the server's own machine.
        case thisMachine
        case employee, manager, administrator
        /// A program with an administrator's API key.
        case reader, writer

        var isKey: Bool { self == .reader || self == .writer }
    }

    /// What keys may not do, whatever their scope.
    private static let signedInOnly: Set = [
        "POST /api/auth/logout", "POST /api/auth/refresh", "POST /api/auth/password", "GET /api/auth/sessions",
        "POST /api/auth/totp", "POST /api/auth/totp/confirm", "DELETE /api/auth/totp", "DELETE /api/auth/sessions/{id}",
        "DELETE /api/accounts/{email}/sessions", "POST /api/keys",
        "GET /api/live/{email}/frame", "GET /api/live/{email}/stream",
    ]

    @Test func everyRouteIsOpenToThoseThatItNamesAlone() async throws {
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
                    if let code = Self.refusal(of: sender, by: route) {
                        #expect(try reply[member: "code"]?.text == code.rawValue, "\(name)")
                    } else {
                        #expect(reply.status != 401 && reply.status != 403, "\(name)")
                    }
                }
            }
        }
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
