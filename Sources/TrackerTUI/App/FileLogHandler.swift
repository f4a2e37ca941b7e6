import FoundationEssentials
import Logging
import Shared

/// Writes swift-log's messages to the log file: `<ISO UTC time> <level> <message> <key=value …>`, one line each.
struct FileLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info
    let writer: LineWriter
    let clock: any MomentClock

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        writer.write("\(clock.now().wall.iso8601) \(event.level.rawValue) \(event.message)\(pairs)")
    }
}
