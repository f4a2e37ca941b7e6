import Foundation
import JSON
import Shared
import TestSupport
import Testing

@Suite struct BusyServerTests {
    /// Whoever reads a file at any moment finds it complete, and its bytes are those of `JSON.stringify`.
    @Test func filesOfABusyServerAreCompleteAndHaveTheBytesOfNode() async throws {
        let server = try await LiveServer.start()
        for email in ["a", "b", "Ä/ü@süd.example"] {
            try await server.hire(email, password: "ten chars!")
        }
        let urls = (url: server.url, folder: server.folder.path)
        try server.folder.write(try EncodedPNG.bytes(), to: "picture.png")
        let tokens = [try await server.login("a", "ten chars!"), try await server.login("b", "ten chars!")]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for token in tokens {
                group.addTask {
                    let script = """
                        for round in $(seq 15); do
                          curl -sSf -X POST -H "Authorization: Bearer $TOKEN" "$URL/api/work/start" >/dev/null
                          curl -sSf -X POST -H "Authorization: Bearer $TOKEN" "$URL/api/work/heartbeat" >/dev/null
                          curl -sSf -F "screenshot=@$PICTURE;filename=x.png" \\
                            -H "Authorization: Bearer $TOKEN" "$URL/api/uploads/screenshot" >/dev/null
                          sleep 0.01
                          curl -sSf -X POST -H "Authorization: Bearer $TOKEN" "$URL/api/work/stop" >/dev/null
                        done
                        """
                    let outcome = try await run(
                        ["bash", "-euo", "pipefail", "-c", script],
                        environment: [
                            "URL": urls.url, "TOKEN": token, "PICTURE": urls.folder + "/picture.png",
                        ])
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
            }
            group.addTask {
                let compare = """
                    const fs = require('fs'), [folder, rounds] = [process.argv[1], +process.argv[2]];
                    const files = ['data/users.json', 'data/organization.json', 'data/intervals.json',
                      'data/work_sessions.json', 'uploads/index.json'].map(name => folder + '/' + name);
                    for (let round = 0; round < rounds; round++) for (const file of files) {
                      const text = fs.readFileSync(file, 'utf8');
                      if (JSON.stringify(JSON.parse(text), null, 2) !== text) throw new Error(file + ' differs:\\n' + text);
                    }
                    console.log('same');
                    """
                let outcome = try await run(["node", "-e", compare, urls.folder, "3000"])
                #expect(String(decoding: outcome.output, as: UTF8.self) == "same\n", "\(outcome.errors)")
            }
            try await group.waitForAll()
        }
        // While two write, the files may be a second behind.
        #expect(await server.stop() == 0)
        #expect(try server.sessions().count == 30)
        #expect(try server.folder.names(in: "uploads").count { $0.hasSuffix(".png") } == 30)
    }
}
