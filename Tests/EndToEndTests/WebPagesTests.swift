import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// The web admin's pages in Chromium and in Firefox.
@Suite(.timeLimit(.minutes(5)))
struct WebPagesTests {
    /// Names as somebody gives them who wants to know.
    private static let names = [
        "<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "\u{202E}srevinu", "Mira Ödegaard",
        String(repeating: "W", count: 200),
    ]
    private static let password = "a password of their own"

    /// Someone at work, somebody who has left, hours over days, captures.
    private func office() async throws -> WebOffice {
        let server = try await LiveServer.start()
        let manager = try await server.login()
        let organization = JSONValue.object(["name": .string(Self.names[0])])
        try await server.call("POST", APIPath.organization, token: manager, organization)
        for (number, name) in Self.names.enumerated() {
            try await server.call(
                "POST", APIPath.employees, token: manager,
                .object([
                    "email": .string("p\(number)@harbour.example"), "name": .string(name),
                    "password": .string(Self.password),
                ]))
        }
        try await server.call(
            "POST", APIPath.managers, token: manager,
            .object(["email": .string("max@harbour.example"), "password": .string(Self.password)]))
        for number in 0..<3 {
            let employee = try await server.login("p\(number)@harbour.example", Self.password)
            try await server.call("POST", APIPath.workStart, token: employee)
            let image = "\(server.folder.path)/\(number).png"
            try server.folder.write(try EncodedPNG.bytes(width: 320, height: 200), to: "\(number).png")
            let (status, _) = try await server.curl(
                APIPath.uploadScreenshot, ["-H", "Authorization: Bearer \(employee)", "-F", "screenshot=@\(image)"])
            #expect(status == 201)
            if number == 1 { try await server.call("POST", APIPath.workStop, token: employee) }
        }
        try await server.call("DELETE", "\(APIPath.employees)/p2@harbour.example", token: manager)
        return WebOffice(
            server: server,
            accounts: WebOffice.accounts([
                ("super_admin", LiveServer.administrator, LiveServer.password),
                ("manager", "max@harbour.example", Self.password), ("employee", "p0@harbour.example", Self.password),
            ]))
    }

    @Test func everyPageIsSoundForEveryRole() async throws {
        let office = try await office()
        #expect(try await office.look("web.py") == "36 pages")
        #expect(await office.server.stop() == 0)
    }

    @Test func firefoxOpensEveryPageForEveryRole() async throws {
        let office = try await office()
        #expect(try await office.look("firefox.py") == "18 pages in Firefox")
        #expect(await office.server.stop() == 0)
    }
}
