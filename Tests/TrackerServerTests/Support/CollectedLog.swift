import Logging
import Synchronization

/// What was logged.
final class CollectedLog: Sendable {
    struct Line: Sendable, Hashable {
        let level: Logger.Level
        let text: String
        let metadata: String
    }

    private let collected = Mutex<[Line]>([])

    var lines: [Line] { collected.withLock { $0 } }

    func lines(_ level: Logger.Level) -> [Line] { lines.filter { $0.level == level } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(log: self) }
        logger.logLevel = .trace
        return logger
    }

    struct Handler: LogHandler {
        let log: CollectedLog
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        init(log: CollectedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            log.collected.withLock {
                $0.append(
                    Line(level: event.level, text: "\(event.message)", metadata: metadata.joined(separator: " ")))
            }
        }
    }
}
