import Settings
import TestSupport
import Testing

struct HelpTests {
    @Test func theVersionIsOneLine() async throws {
        let outcome = try await run(Program.client, "--version", environment: [:])
        #expect(outcome == Outcome(status: 0, output: Array("TrackerTUI \(ProgramVersion.text)\n".utf8), errors: ""))
    }

    @Test func theFirstHelpNamesTheFlagsOfARun() async throws {
        let outcome = try await run(Program.client, "--help", environment: [:])
        let text = String(decoding: outcome.output, as: UTF8.self)
        for flag in ["--headless", "--email", "--backend-url", "--password-stdin"] {
            #expect(text.contains("\n  \(flag) "), "\(flag) in \(text)")
        }
    }
}
