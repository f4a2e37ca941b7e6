import Foundation
import JSON
import TestSupport
import Testing

/// The page for managers promises commands that work: they are run as they stand there.
@Suite struct ManagersPageTests {
    @Test func everyCommandOfThePageWorks() async throws {
        let page = try String(contentsOfFile: Program.repository + "/docs/managers.md", encoding: .utf8)
        let blocks = page.matches(of: /(?s)```sh\n(.*?)```/).map { String($0.1) }
        try #require(blocks.count == 2)
        let server = try await LiveServer.start()
        let outcome = try await run(
            ["bash", "-euo", "pipefail", "-c", "cd \"$FOLDER\"\n" + blocks.joined(separator: "\n")],
            environment: [
                "URL": server.url, "EMAIL": LiveServer.administrator, "PASSWORD": LiveServer.password,
                "FOLDER": server.folder.path, "LANG": "C.UTF-8",
            ])
        let output = String(decoding: outcome.output, as: UTF8.self)
        #expect(outcome.status == 0, "\(outcome.errors)\n\(output)")
        #expect(output.contains(#""organization":{"name":"Harbour Freight Office""#))
        #expect(output.contains(#""temporaryPassword":""#))
        #expect(output.contains(#""intervalSeconds":300"#))
        #expect(output.contains(#""today": "#))
        #expect(output.contains(#"{"ok":true,"uptime":"#))
        #expect(!output.contains(#""error""#))
        let users = String(decoding: try server.folder.bytes(of: "data/users.json"), as: UTF8.self)
        #expect(!users.contains("mira"))
    }
}
