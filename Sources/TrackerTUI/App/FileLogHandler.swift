import FoundationEssentials
import Logging
import Shared

/// Writes swift-log's messages to the log file: `<ISO UTC time> <level> <message> <key=value …>`, one line each, of at most
/// ``longestLine`` bytes and at ``LinePace``'s pace.
struct FileLogHandler: LogHandler {
    static let longestLine = 2000

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    let writer: LineWriter
    let clock: any MomentClock
    let pace = SharedLinePace()

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let now = clock.now()
        let message = "\(event.message)"
        guard let leftOut = pace.admit(LinePace.kind(of: message), at: now.monotonic) else { return }
        let start = "\(now.wall.iso8601) \(event.level.rawValue) "
        if leftOut > 0 { writer.write("\(start)\(leftOut) lines that begin as the next one does were left out.") }
        writer.write("\(start)\(message)\(pairs)".onOneLine.cut(toBytes: Self.longestLine))
    }
}
