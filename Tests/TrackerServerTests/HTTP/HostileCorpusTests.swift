import Foundation
import HTTPTypes
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Every route of the table, asked by those who show something that proves nothing: the answer is the contract's, and what is on
/// disk stays as it is. A new route is among them by itself.
@Suite(.timeLimit(.minutes(3)))
struct HostileCorpusTests {
    /// What they show, each made of what an account of some role has.
    private enum Proof: CaseIterable {
        case nothing, garbage, noAlgorithm, foreignKey, otherKind, otherClaims, otherRole, expired, revoked
        case cookieFromAnotherSite, cookieOfAForm, keyOfScopeRead

        /// What is answered where a route wants to know who asks; nil where that account may.
        func refusal(by route: Route, of role: Role) -> APIError.Code? {
            switch self {
            case .nothing: .unauthorized
            case .garbage, .noAlgorithm, .foreignKey, .otherKind, .otherClaims, .otherRole, .expired, .revoked:
                .invalidToken
            case .cookieFromAnotherSite: .forbidden
            case .cookieOfAForm: route.method == .get && route.access.allows(role) ? nil : .forbidden
            // Employees have none; what it may read, RouteAccessTests know.
            case .keyOfScopeRead: route.method == .get || role == .employee ? nil : .forbidden
            }
        }
    }

    private static let secret = String(repeating: "k", count: 40)
    private static let accounts: [(role: Role, email: String)] = [
        (.employee, "eva@example.org"), (.manager, "max@example.org"), (.superAdmin, TestServer.admin),
    ]

    /// What an account holds: a token, one that was ended, and a key if it may have one.
    private struct Holding {
        let good: Person
        let ended: Person
        var key: String?
    }

    private actor Holdings {
        private(set) var all: [String: Holding] = [:]

        func keep(_ holding: Holding) { all[holding.good.email] = holding }
    }

    @Test func whatProvesNothingOpensNothingAndChangesNothing() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let settings = ["JWT_SECRET": Self.secret]
        let holdings = Holdings()
        try await TestServer.run(settings, folders: folders) { server in
            _ = (try await server.employee(), try await server.manager())
            for (role, email) in Self.accounts {
                var holding = Holding(good: try await server.login(email), ended: try await server.login(email))
                try await server.post(APIPath.logout, as: holding.ended).expect(204)
                if role != .employee {
                    let made = try await server.post(
                        APIPath.keys, #"{"name": "a program", "scope": "read"}"#, as: holding.good)
                    let key = try #require(try made[member: "secret"]?.text)
                    try await server.get(APIPath.organization, as: Person(email: email, token: key)).expect(200)
                    holding.key = key
                }
                await holdings.keep(holding)
            }
        }
        // A server that has stopped has everything in its files.
        let before = try folders.snapshot()
        try await TestServer.run(settings, folders: folders) { server in
            for (role, email) in Self.accounts {
                let holding = try #require(await holdings.all[email])
                for route in TrackerApplication.routes(server.environment) {
                    for proof in Proof.allCases {
                        try await ask(server, route, role, try headers(proof, holding), proof)
                    }
                }
            }
        }
        let after = try folders.snapshot()
        #expect(before.keys.sorted() == after.keys.sorted())
        for (path, bytes) in before { #expect(after[path] == bytes, "\(path)") }
    }

    private func ask(
        _ server: TestServer, _ route: Route, _ role: Role, _ headers: [String: String], _ proof: Proof
    ) async throws {
        if case .everyone = route.access { return }
        let refusal = proof.refusal(by: route, of: role)
        guard let refusal else { return }
        let path = route.path.text.replacing("{email}", with: "eva@example.org").replacing(/{[a-z]+}/, with: "nothing")
        let reply = try await server.send(
            route.method.rawValue, path,
            headers: headers.merging(["Content-Type": "application/json", "Via": "1.1 proxy"]) { $1 },
            body: route.method == .get ? nil : Array("{}".utf8))
        let name = "\(route.method) \(path), \(role), \(proof): \(reply.text)"
        #expect(reply.status == refusal.status, "\(name)")
        let code = try reply[member: "code"]?.text
        #expect(code == refusal.rawValue, "\(name)")
    }

    private func headers(_ proof: Proof, _ holding: Holding) throws -> [String: String] {
        let token = holding.good.token
        var forged = try ForgedToken(like: token, key: Array(Self.secret.utf8))
        // Made like this it would be good.
        try #require(forged.text == token)
        let bearer: String
        switch proof {
        case .nothing: return [:]
        case .cookieFromAnotherSite:
            return [
                "Cookie": "tracker_session=\(token)", "X-Requested-With": "tracker", "Origin": "https://evil.example",
                "Sec-Fetch-Site": "cross-site",
            ]
        case .cookieOfAForm: return ["Cookie": "tracker_session=\(token)"]
        case .garbage: bearer = "garbage"
        case .noAlgorithm: bearer = forged.unsigned
        case .foreignKey:
            forged.key[0] ^= 1
            bearer = forged.text
        case .otherKind:
            forged.header = #"{"alg":"HS256","typ":"device+jwt"}"#
            bearer = forged.text
        case .otherClaims:
            forged.claims = #"{"sub":"\#(TestServer.admin)","exp":9999999999}"#
            bearer = forged.text
        case .otherRole:
            let role = forged.claims.contains(#""role":"employee""#) ? "super_admin" : "employee"
            forged.claims = forged.claims.replacing(/"role":"[a-z_]+"/, with: #""role":"\#(role)""#)
            bearer = forged.text
        case .expired:
            try forged.set("exp", Int(try #require(Timestamp(iso8601: "2026-03-02T07:59:59Z")).milliseconds / 1000))
            bearer = forged.text
        case .revoked: bearer = holding.ended.token
        case .keyOfScopeRead: bearer = holding.key ?? ""
        }
        return ["Authorization": "Bearer \(bearer)"]
    }
}
