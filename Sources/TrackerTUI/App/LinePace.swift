import Synchronization

/// How many lines of a kind are written: a server that sends events without end fills neither log nor disk.
struct LinePace: Sendable {
    /// Lines of a kind within ``span``; the rest is counted.
    static let most = 300
    static let span: Duration = .seconds(60)
    /// Kinds that are told apart; all others are one.
    static let mostKinds = 64
    /// One a capture: no server can cause more of them than there is work.
    private static let ownWork: Set = [Note.uploaded(file: "").name, "captured"]

    private struct Kind {
        var since: Duration
        var written = 0
        var leftOut = 0
    }

    private var kinds: [String: Kind] = [:]

    /// The first word of a line, which is the name of its event.
    static func kind(of line: String) -> String { String(line.prefix { $0 != " " }).cut(toBytes: 40) }

    /// - Returns: nil when the line is not to be written; else how many of its kind were left out since the last one.
    mutating func admit(_ name: String, at now: Duration) -> Int? {
        guard !Self.ownWork.contains(name) else { return 0 }
        let name = kinds.count < Self.mostKinds || kinds[name] != nil ? name : ""
        var kind = kinds[name] ?? Kind(since: now)
        defer { kinds[name] = kind }
        if now - kind.since >= Self.span { kind = Kind(since: now, leftOut: kind.leftOut) }
        guard kind.written < Self.most else {
            kind.leftOut += 1
            return nil
        }
        kind.written += 1
        defer { kind.leftOut = 0 }
        return kind.leftOut
    }
}

/// The pace of those who write from anywhere.
final class SharedLinePace: Sendable {
    private let pace = Mutex(LinePace())

    /// See ``LinePace/admit(_:at:)``.
    func admit(_ name: String, at now: Duration) -> Int? { pace.withLock { $0.admit(name, at: now) } }
}
