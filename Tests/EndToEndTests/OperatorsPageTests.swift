import Foundation
import TestSupport
import Testing

/// The page for operators says what to write into the settings of other programs: these take it, and it does what the page says.
@Suite(.timeLimit(.minutes(2))) struct OperatorsPageTests {
    private let page: String

    init() throws { page = try String(contentsOfFile: Program.repository + "/docs/operators.md", encoding: .utf8) }

    private func blocks(_ language: String) throws -> [String] {
        page.matches(of: try Regex("(?s)```\(language)\n(.*?)```", as: (Substring, Substring).self)).map {
            String($0.1)
        }
    }

    @Test func prometheusTakesItsSettings() async throws {
        let folder = try TemporaryFolder()
        let blocks = try blocks("yaml")
        try #require(blocks.count == 2)
        try folder.write(blocks[0], to: "prometheus.yml")
        try folder.write(blocks[0].replacing("# scheme", with: "scheme").replacing("# tls", with: "tls"), to: "tls.yml")
        try folder.write(blocks[1], to: "rules.yml")
        for check in [
            ["config", "--syntax-only", "prometheus.yml"], ["config", "--syntax-only", "tls.yml"],
            ["rules", "--lint-fatal", "rules.yml"],
        ] {
            let outcome = try await run(["env", "-C", folder.path, "promtool", "check"] + check)
            #expect(outcome.status == 0, "\(check): \(outcome.errors)")
        }
    }

    @Test func everyMetricIsOnThePageAndNoOther() async throws {
        let server = try await LiveServer.start()
        let outcome = try await run("curl", "-sSf", server.url + "/metrics")
        let text = String(decoding: outcome.output, as: UTF8.self)
        let metrics = text.matches(of: /TYPE ([a-z_]+)/).map { String($0.1) }
        let named = page.matches(of: /(?:tracker|process)_[a-z_]+/).map { String($0.output) }
        #expect(Set(named.map { $0.replacing(/_bucket$/, with: "") }) == Set(metrics))
    }
}
