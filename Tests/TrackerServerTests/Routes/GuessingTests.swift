import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Guesses of strangers, and those whom they must not shut out.
@Suite struct GuessingTests {
    private func attempt(
        _ server: TestServer, _ password: String = TestServer.password, headers: [String: String] = [:],
        device: Bool = false, email: String = "eva@example.org"
    ) async throws -> Reply {
        let request = LoginRequest(email: email, password: password, device: device)
        return try await server.post(
            APIPath.login, String(decoding: JSONWriter.bytes(of: request.json, .compact), as: UTF8.self),
            headers: headers)
    }

    private func closeForStrangers(_ server: TestServer, email: String = "eva@example.org") async throws {
        for _ in 0..<10 { try await attempt(server, "wrong guess", email: email).expect(401) }
        try await attempt(server, email: email).expectError(429, "too_many_attempts")
    }

    /// What the cookie says, ready to be sent back.
    private func deviceCookie(_ reply: Reply) throws -> [String: String] {
        let setting = try #require(reply["set-cookie"])
        let pattern =
            /tracker_device=([0-9a-f]{32}\.[0-9a-f]{64}); HttpOnly; SameSite=Strict; Path=\/; Max-Age=34560000/
        let value = try #require(try pattern.wholeMatch(in: setting)?.1, "\(setting)")
        return ["Cookie": "other=1; \(DeviceCookie.name(isSecure: false))=\(value)"]
    }

    @Test func aDeviceThatSignedInBeforeIsNotShutOutByGuesses() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let cookie = try deviceCookie(try await attempt(server, device: true))
            try await closeForStrangers(server)
            try await attempt(server, headers: cookie).expect(200)
            for _ in 0..<10 { try await attempt(server, "wrong guess", headers: cookie).expect(401) }
            try await attempt(server, headers: cookie).expectError(429, "too_many_attempts")
        }
    }

    @Test func aDeviceIsNotShutOutByGuessesAtOthersFromItsOffice() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let cookie = try deviceCookie(try await attempt(server, device: true))
            for number in 0..<50 { try await attempt(server, "wrong guess", email: "person\(number)").expect(401) }
            try await attempt(server).expect(429)
            try await attempt(server, headers: cookie).expect(200)
        }
    }

    @Test func aPageThatSignsInWithTheCookieIsKnownAgain() async throws {
        try await TestServer.run { server in
            let reply = try await server.post(
                APIPath.login,
                #"{"email": "\#(TestServer.admin)", "password": "\#(TestServer.password)", "cookie": true}"#)
            let cookies = reply.headers.filter { $0.name == "set-cookie" }.map(\.value)
            #expect(cookies.count == 2)
            let device = try #require(cookies.last?.split(separator: ";").first)
            #expect(device.hasPrefix("tracker_device="))
            try await closeForStrangers(server, email: TestServer.admin)
            try await attempt(server, headers: ["Cookie": String(device)], email: TestServer.admin).expect(200)
        }
    }

    /// Its own token, valid or expired, shows that it has signed in before; one that was ended does not.
    @Test(arguments: [0, Tokens.lifetimeSeconds + 1])
    func aTokenOfTheAccountIsAsGood(age: Int) async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            let ended = try await server.login(eva.email)
            try await server.post(APIPath.logout, as: ended).expect(204)
            server.clock.advance(seconds: age)
            try await closeForStrangers(server)
            var others = [try await server.admin().token, "nonsense", "a.b.c"]
            // Once its time is over, nobody knows how it ended.
            if age == 0 { others.append(ended.token) }
            for token in others {
                try await attempt(server, headers: ["Authorization": "Bearer \(token)"]).expect(429)
            }
            try await attempt(server, headers: ["Authorization": "Basic ZXZh"]).expect(429)
            try await attempt(server, headers: ["Authorization": "Bearer \(eva.token)"]).expect(200)
            try await attempt(server, headers: ["Cookie": "tracker_session=\(eva.token)"]).expect(200)
        }
    }

    @Test func noOtherCookieMakesADeviceKnown() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            _ = try await server.employee("bob@example.org")
            let cookie = try deviceCookie(try await attempt(server, device: true))
            let ofBob = try deviceCookie(try await attempt(server, device: true, email: "bob@example.org"))
            try await closeForStrangers(server)
            let value = try #require(cookie["Cookie"])
            var forged = [ofBob["Cookie"] ?? "", value + "0", String(value.dropLast()), value.uppercased()]
            // Each character of it changed.
            for index in value.indices.dropFirst("other=1; tracker_device=".count) {
                var other = value
                other.replaceSubrange(index...index, with: value[index] == "0" ? "1" : "0")
                forged.append(other)
            }
            forged.append(
                Array(repeating: "tracker_device=x", count: DeviceCookie.most).joined(separator: ";") + ";" + value)
            for cookie in forged {
                try await attempt(server, headers: ["Cookie": cookie]).expectError(429, "too_many_attempts")
            }
        }
    }

    @Test func theCookieOfARemovedAccountSaysNothingOfTheNextOne() async throws {
        try await TestServer.run { server in
            _ = try await server.employee()
            let cookie = try deviceCookie(try await attempt(server, device: true))
            try await server.delete(server.path(ofEmployee: "eva@example.org"), as: try await server.admin()).expect(
                204)
            server.clock.advance(seconds: 1)
            _ = try await server.employee()
            try await closeForStrangers(server)
            try await attempt(server, headers: cookie).expect(429)
        }
    }

    /// Nobody gets more guesses by asking for more tokens.
    @Test func allTokensOfASignInAreOneDevice() async throws {
        try await TestServer.run { server in
            let eva = try await server.employee()
            for _ in 0..<10 {
                let other = try await server.post(APIPath.refresh, as: eva)
                let token = try #require(try other[member: "token"]?.text)
                try await attempt(server, "wrong guess", headers: ["Authorization": "Bearer \(token)"]).expect(401)
            }
            try await attempt(server, headers: ["Authorization": "Bearer \(eva.token)"]).expect(429)
        }
    }

    @Test func strangersAreToldNothingByASecureServersCookie() async throws {
        try await TestServer.run { server in
            let user = User(email: "eva", name: "", role: .employee, createdAt: nil)
            let cookie = server.environment.devices.setting(for: user, isSecure: true)
            #expect(cookie.hasPrefix("__Host-tracker_device="))
            #expect(cookie.hasSuffix("; Max-Age=34560000; Secure"))
            #expect(!cookie.contains("eva"))
        }
    }
}
