import Logging

/// Lets a handler write lines that do no more on a terminal than be seen, whatever stands in them: names of files, paths of
/// requests and reasons of errors are what others wrote.
struct PrintableLog<Base: LogHandler>: LogHandler {
    private var base: Base
    /// As it was given. Each request brings some, and few write a line.
    var metadata: Logger.Metadata = [:]

    init(_ base: Base) { self.base = base }

    var logLevel: Logger.Level {
        get { base.logLevel }
        set { base.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var event = event
        event.message = "\(event.message.description.printable)"
        event.metadata = metadata.merging(event.metadata ?? [:]) { $1 }.printable
        base.log(event: event)
    }
}

extension Logger.Metadata {
    fileprivate var printable: Logger.Metadata {
        Dictionary(map { ($0.key.printable, $0.value.printable) }) { first, _ in first }
    }
}

extension Logger.MetadataValue {
    fileprivate var printable: Logger.MetadataValue {
        switch self {
        case .string(let text): .string(text.printable)
        case .stringConvertible(let value): .string(value.description.printable)
        case .dictionary(let values): .dictionary(values.printable)
        case .array(let values): .array(values.map(\.printable))
        }
    }
}
