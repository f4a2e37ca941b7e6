import Foundation
import JSON
import Shared
import TestSupport
import Testing

/// What people choose in the web admin's pages, and the browser's way back, in Chromium.
@Suite(.timeLimit(.minutes(3)))
struct WebStepsTests {
    @Test func whatSomebodyChoseIsAStepOfTheBrowsersHistory() async throws {
        let python = try await Peers.python()
        let server = try await LiveServer.start()
        for (number, name) in ["mira", "noor"].enumerated() {
            let (email, password) = ("\(name)@harbour.example", "a password of their own")
            try await server.hire(email, password: password)
            let employee = try await server.login(email, password)
            try await server.call("POST", APIPath.workStart, token: employee)
            try server.folder.write(try EncodedPNG.bytes(width: 320, height: 200), to: "\(number).png")
            let image = "\(server.folder.path)/\(number).png"
            let (status, _) = try await server.curl(
                APIPath.uploadScreenshot, ["-H", "Authorization: Bearer \(employee)", "-F", "screenshot=@\(image)"])
            #expect(status == 201)
        }
        let browser = try ChildProcess(
            [python, Peers.programs + "/steps.py", server.url], environment: ["HOME": server.folder.path],
            hasInput: true)
        #expect(browser.write(Array("\(LiveServer.administrator)\n\(LiveServer.password)\n".utf8)))
        browser.closeInput()
        async let errors = bytes(from: browser.errors)
        let said = String(decoding: await bytes(from: browser.output), as: UTF8.self)
        let complaints = String(decoding: await errors, as: UTF8.self)
        #expect(await browser.end() == 0, "\(said)\(complaints)")
        #expect(said == "done\n")
        #expect(await server.stop() == 0)
    }
}
