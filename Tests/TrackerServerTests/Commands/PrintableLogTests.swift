import Logging
import Testing

@testable import TrackerServer

struct PrintableLogTests {
    @Test func whatStandsInALineIsSeenAndNotObeyed() {
        let log = CollectedLog()
        var logger = Logger(label: "test") { _ in PrintableLog(CollectedLog.Handler(log: log)) }
        logger[metadataKey: "own"] = "\u{202E}"
        let hostile = "a\u{1B}[2J\u{9B}\u{7}\n"
        logger.warning(
            "b\(hostile)",
            metadata: [
                "c\u{7}": "\(hostile)", "d": .stringConvertible(hostile), "e": ["\(hostile)"], "f": ["g": "\(hostile)"],
            ])
        let shown = #"a\u{1b}[2J\u{9b}\u{7}\u{a}"#
        #expect(log.lines.map(\.text) == ["b" + shown])
        let metadata = log.lines[0].metadata
        for part in [#"c\u{7}=\#(shown)"#, "d=\(shown)", #"own=\u{202e}"#] {
            #expect(metadata.contains(part), "\(metadata)")
        }
        #expect(metadata.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }, "\(metadata)")
        #expect(logger[metadataKey: "own"] == "\u{202E}")
        #expect(logger.logLevel == .trace)
        logger.logLevel = .error
        logger.info("unheard")
        #expect(log.lines.count == 1)
    }
}
