import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// The web admin's pages in Chromium.
@Suite(.timeLimit(.minutes(5)))
struct WebPagesTests {
    /// Names as somebody gives them who wants to know.
    private static let names = [
        "<img src=x onerror=alert(1)>", "\"><script>alert(1)</script>", "\u{202E}srevinu", "Mira Ödegaard",
        String(repeating: "W", count: 200),
    ]
    private static let password = "a password of their own"

    /// Someone at work, somebody who has left, hours over days, captures.
    private func office() async throws -> (LiveServer, accounts: JSONValue) {
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
        func account(_ email: String, _ password: String) -> JSONValue { .array([.string(email), .string(password)]) }
        return (
            server,
            .object([
                "super_admin": account(LiveServer.administrator, LiveServer.password),
                "manager": account("max@harbour.example", Self.password),
                "employee": account("p0@harbour.example", Self.password),
            ])
        )
    }

    @Test func everyPageIsSoundForEveryRole() async throws {
        let python = try await Peers.python()
        let (server, accounts) = try await office()
        let browser = try ChildProcess(
            [python, Peers.programs + "/web.py", server.url], environment: ["HOME": server.folder.path], hasInput: true)
        #expect(browser.write(JSONWriter.bytes(of: accounts, .compact)))
        browser.closeInput()
        async let errors = bytes(from: browser.errors)
        let said = String(decoding: await bytes(from: browser.output), as: UTF8.self)
        let complaints = String(decoding: await errors, as: UTF8.self)
        #expect(await browser.end() == 0, "\(said)\(complaints)")
        #expect(said == "36 pages\n")
        #expect(await server.stop() == 0)
    }
}
