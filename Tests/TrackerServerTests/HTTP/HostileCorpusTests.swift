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
        case cookieFromAnotherSite, cookieOfAForm

        /// What is answered where a route wants to know who asks; nil where that account may.
        func refusal(by route: Route, of role: Role) -> APIError.Code? {
            switch self {
            case .nothing: .unauthorized
            case .garbage, .noAlgorithm, .foreignKey, .otherKind, .otherClaims, .otherRole, .expired, .revoked:
                .invalidToken
            case .cookieFromAnotherSite: .forbidden
            case .cookieOfAForm: route.method == .get && route.access.allows(role) ? nil : .forbidden
            }
        }
    }

    private static let secret = String(repeating: "k", count: 40)
    private static let accounts: [(role: Role, email: String)] = [
        (.employee, "eva@example.org"), (.manager, "max@example.org"), (.superAdmin, TestServer.admin),
    ]

    /// What accounts hold, by email.
    private actor Tokens {
        private(set) var good: [String: String] = [:]
        private(set) var ended: [String: String] = [:]

        func keep(good: String, ended: String, of email: String) {
            (self.good[email], self.ended[email]) = (good, ended)
        }
    }

    @Test func whatProvesNothingOpensNothingAndChangesNothing() async throws {
        let folders = try TestFolders()
        defer { folders.remove() }
        let settings = ["JWT_SECRET": Self.secret]
        let tokens = Tokens()
        try await TestServer.run(settings, folders: folders) { server in
            _ = (try await server.employee(), try await server.manager())
            for (_, email) in Self.accounts {
                let (good, ended) = (try await server.login(email), try await server.login(email))
                try await server.post(APIPath.logout, as: ended).expect(204)
                await tokens.keep(good: good.token, ended: ended.token, of: email)
            }
        }
        // A server that has stopped has everything in its files.
        let before = try folders.snapshot()
        try await TestServer.run(settings, folders: folders) { server in
            for (role, email) in Self.accounts {
                let (token, revoked) = (try #require(await tokens.good[email]), try #require(await tokens.ended[email]))
                for route in TrackerApplication.routes(server.environment) {
                    for proof in Proof.allCases {
                        try await ask(server, route, role, try headers(proof, token: token, revoked: revoked), proof)
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

    private func headers(_ proof: Proof, token: String, revoked: String) throws -> [String: String] {
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
        case .revoked: bearer = revoked
        }
        return ["Authorization": "Bearer \(bearer)"]
    }
}
