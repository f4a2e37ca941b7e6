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
    }

    @Test func everyRouteIsOpenToThoseThatItNamesAlone() async throws {
        try await TestServer.run { server in
            let emails = [
                Sender.employee: try await server.employee().email, .manager: try await server.manager().email,
                .administrator: TestServer.admin,
            ]
            for route in TrackerApplication.routes(server.environment) {
                for sender in Sender.allCases {
                    // One of its own: a route may end it.
                    var person: Person?
                    if let email = emails[sender] { person = try await server.login(email) }
                    let reply = try await server.send(
                        route.method.rawValue, route.path.text.replacing(/{[a-z]+}/, with: "nothing"), as: person,
                        headers: [
                            "Content-Type": "application/json",
                            sender == .nobody ? "Via" : "X-Nothing": "1.1 proxy",
                        ], body: route.method == .get ? nil : Array("{}".utf8))
                    let name = "\(route.method) \(route.path.text) by \(sender): \(reply.text)"
                    if let code = Self.refusal(of: sender, by: route.access) {
                        #expect(try reply[member: "code"]?.text == code.rawValue, "\(name)")
                    } else {
                        #expect(reply.status != 401 && reply.status != 403, "\(name)")
                    }
                }
            }
        }
    }

    /// The table of the interface in other words than the server's.
    private static func refusal(of sender: Sender, by access: Route.Access) -> APIError.Code? {
        let allowed: Set<Sender> =
            switch access {
            case .everyone: Set(Sender.allCases)
            case .accounts, .accountsWithTemporaryPassword: [.employee, .manager, .administrator]
            case .employees: [.employee]
            case .managers: [.manager, .administrator]
            case .managersAndThisMachine: [.thisMachine, .manager, .administrator]
            case .administrators: [.administrator]
            }
        guard !allowed.contains(sender) else { return nil }
        return sender == .nobody || sender == .thisMachine ? .unauthorized : .forbidden
    }
}
