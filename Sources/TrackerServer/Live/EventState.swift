import JSON
import NIOCore
import Shared

/// Who follows the office's events, how far each of them has got, and what `hello` says to the next. Pure.
///
/// `hello` is what all events so far add up to: nothing is missing between it and what follows, and nothing comes twice.
struct EventState: Sendable {
    typealias ReaderID = Int

    private struct Reader {
        /// Up to where the connection has taken what it was given.
        var place: Int
        /// Up to where it was given something.
        var given: Int
        /// What the connection had taken and not yet sent when it was looked at last.
        var held = 0
    }

    /// What a reader gets next.
    enum Next: Sendable {
        case parts([ByteBuffer])
        /// All has been given.
        case nothing
        /// The reader is none any more.
        case end
    }

    /// What may wait for a reader, in bytes; whoever is behind further is cut off.
    static let limit = 1_000_000
    /// A connection is given about so many bytes at a time.
    static let portion = 16 * 1024

    private var online: Set<String> = []
    /// Whose sessions are under way, by the sessions' ids.
    private var tracking: [String: String] = [:]
    private var log = EventLog()
    private var lastEvent = 0
    private var readers: [ReaderID: Reader] = [:]
    private var lastReader = 0

    /// - Parameter open: the sessions that are under way before anything is told.
    init(open sessions: [WorkSession]) {
        for session in sessions { note(.session(session)) }
    }

    var count: Int { readers.count }
    /// What waits for the one who is behind furthest, in bytes; without what connections hold.
    var size: Int { log.size }

    // MARK: Readers

    mutating func enter(at now: Timestamp) -> (id: ReaderID, hello: ByteBuffer) {
        lastReader += 1
        readers[lastReader] = Reader(place: log.end, given: log.end)
        let hello = OfficeEvent.hello(presence: online.sorted(), tracking: Set(tracking.values).sorted(), at: now)
        return (lastReader, numbered(hello))
    }

    /// - Returns: false when it was none any more.
    mutating func leave(_ id: ReaderID) -> Bool {
        guard readers.removeValue(forKey: id) != nil else { return false }
        forgetTaken()
        return true
    }

    /// To be asked when the connection has taken what it was given before.
    /// - Parameter held: what it has not sent of that, in bytes.
    mutating func next(for id: ReaderID, held: Int) -> Next {
        guard let reader = readers[id] else { return .end }
        let next = log.read(from: reader.given, upTo: Self.portion)
        readers[id] = Reader(place: reader.given, given: next.end, held: held)
        return next.parts.isEmpty ? .nothing : .parts(next.parts)
    }

    func isUpToDate(_ id: ReaderID) -> Bool { readers[id]?.given == log.end }

    // MARK: Events

    /// - Returns: those who were too far behind, and are no readers any more.
    mutating func tell(_ events: [OfficeEvent]) -> [ReaderID] {
        for event in events {
            note(event)
            if readers.isEmpty { lastEvent += 1 } else { log.append(numbered(event)) }
        }
        return cutOff()
    }

    /// A comment, which says nothing.
    /// - Returns: as ``tell(_:)``.
    mutating func keepAwake() -> [ReaderID] {
        if !readers.isEmpty { log.append(ByteBuffer(string: ":\n\n")) }
        return cutOff()
    }

    private mutating func note(_ event: OfficeEvent) {
        switch event {
        case .presence(let id, let isOnline): if isOnline { online.insert(id) } else { online.remove(id) }
        case .session(let session): tracking[session.id] = session.isActive ? session.employeeID : nil
        case .hello, .capture, .interval, .account, .organization, .correction: break
        }
    }

    private mutating func cutOff() -> [ReaderID] {
        let slow = readers.compactMap { id, reader in
            log.end - reader.place + reader.held > Self.limit ? id : nil
        }
        for id in slow { readers[id] = nil }
        forgetTaken()
        return slow
    }

    private mutating func forgetTaken() {
        log.forget(before: readers.values.map(\.place).min() ?? log.end)
    }

    /// As it goes over the wire (HTML Living Standard, section 9.2). JSON on one line has no line breaks in it.
    private mutating func numbered(_ event: OfficeEvent) -> ByteBuffer {
        lastEvent += 1
        var bytes = ByteBuffer(string: "id: \(lastEvent)\nevent: \(event.name)\ndata: ")
        bytes.writeBytes(JSONWriter.bytes(of: event.json, .compact))
        bytes.writeString("\n\n")
        return bytes
    }
}
