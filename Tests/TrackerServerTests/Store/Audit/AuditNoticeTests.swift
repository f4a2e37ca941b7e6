import JSON
import Logging
import Shared
import Testing

@testable import TrackerServer

/// What the log says of the audit.
struct AuditNoticeTests {
    private let log = CollectedLog()

    private func record(
        _ what: AuditKind, who: String? = "max", about: String? = "eva", address: String? = "10.0.0.7",
        _ detail: KeyValuePairs<JSONString, JSONValue> = [:]
    ) -> Change {
        .audited(
            AuditRecord(
                number: 1,
                entry: AuditEntry(
                    at: SampleChanges.time, who: who, address: address, what: what, about: about,
                    detail: JSONValue.object(detail).object)))
    }

    @Test func signInsRefusalsAndAccountsAreLinesAndLooksAreNot() {
        AuditNotice(logger: log.logger).recorded([
            record(.login, who: "eva"), record(.loginRefused, who: nil, ["reason": .string("wrong password")]),
            record(.passwordReset, ["temporary": .bool(true)]), record(.imageViewed), record(.liveBegun),
            .tokenRevoked(id: "t", expiresAt: .latest, at: .earliest),
            record(.passwordReset, who: nil, address: nil),
        ])
        #expect(
            log.lines == [
                .init(level: .info, text: "Somebody has signed in", metadata: "account=eva from=10.0.0.7"),
                .init(
                    level: .info, text: "A sign-in was refused",
                    metadata: "account=eva by=nobody who is signed in from=10.0.0.7 reason=wrong password"),
                .init(
                    level: .info, text: "A password was set by another",
                    metadata: "account=eva by=max from=10.0.0.7 temporary=true"),
                .init(level: .info, text: "A password was set by another", metadata: "account=eva by=the server"),
            ])
    }

    @Test func whatOthersWriteIsEscaped() {
        AuditNotice(logger: log.logger).recorded([
            record(.loginRefused, who: nil, about: "\u{1B}[2Jeva\u{9B}\n\u{202E}x"),
            record(.accountChanged, ["name": .string("a\rb\u{7}")]),
        ])
        let text = log.lines.map { $0.text + $0.metadata }.joined()
        #expect(!text.unicodeScalars.contains { [.control, .format].contains($0.properties.generalCategory) })
        #expect(text.contains(#"\u{1b}[2Jeva"#) && text.contains(#"a\u{d}b\u{7}"#))
    }

    @Test func whoWantsLessGetsLess() {
        var logger = log.logger
        logger.logLevel = .warning
        AuditNotice(logger: logger).recorded([record(.login)])
        #expect(log.lines.isEmpty)
    }
}
