import Shared

/// A session in memory. What follows from other fields, as nearly always the id does, takes no room.
struct SessionRow: Sendable {
    let employeeID: String
    let startedAt: Timestamp
    private(set) var endedAt: Timestamp?
    private(set) var lastHeartbeatAt: Timestamp
    private(set) var idleSeconds: Double
    private let date: CivilDate
    /// The whole record, where the file has something that the other fields do not say.
    private var irregular: Irregular?

    private final class Irregular: Sendable {
        let stored: Stored<WorkSession>
        init(_ stored: Stored<WorkSession>) { self.stored = stored }
    }

    /// A session whose id is made of employee and start, whose `isActive` says whether it has ended, and whose record has
    /// the fixed keys alone.
    init(
        employeeID: String, startedAt: Timestamp, endedAt: Timestamp?, idleSeconds: Double, lastHeartbeatAt: Timestamp,
        date: CivilDate
    ) {
        self.employeeID = employeeID
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.idleSeconds = idleSeconds
        self.lastHeartbeatAt = lastHeartbeatAt
        self.date = date
    }

    init(_ stored: Stored<WorkSession>) {
        let session = stored.value
        let date = CivilDate(iso8601: session.date)
        self.init(
            employeeID: session.employeeID, startedAt: session.startedAt, endedAt: session.endedAt,
            idleSeconds: session.idleSeconds, lastHeartbeatAt: session.lastHeartbeatAt,
            date: date ?? CivilDate(daysSince1970: 0))
        // Texts may be the same to Unicode and yet differ in their bytes.
        if stored != self.stored || !session.id.utf8.elementsEqual(id.utf8) { irregular = Irregular(stored) }
    }

    var stored: Stored<WorkSession> {
        irregular?.stored
            ?? Stored(
                WorkSession(
                    id: id, employeeID: employeeID, startedAt: startedAt, endedAt: endedAt, isActive: endedAt == nil,
                    idleSeconds: idleSeconds, lastHeartbeatAt: lastHeartbeatAt, date: date.iso8601))
    }

    var session: WorkSession { stored.value }
    var id: String { irregular?.stored.value.id ?? "\(employeeID)-\(startedAt.milliseconds)" }
    func hasID(_ id: String) -> Bool {
        if let irregular { return irregular.stored.value.id == id }
        var id = id
        return id.withUTF8 { CanonicalScanner.isSessionID($0, of: employeeID, at: startedAt) }
    }

    /// The last instant that the session may reach; an open one has no last.
    var end: Timestamp { endedAt ?? Timestamp(milliseconds: .max) }

    func mayShare(_ span: Range<Timestamp>) -> Bool { startedAt < span.upperBound && end >= span.lowerBound }

    mutating func beat(at time: Timestamp, idleSeconds: Double) {
        lastHeartbeatAt = time
        self.idleSeconds = idleSeconds
        updateIrregular { _ in }
    }

    mutating func end(at time: Timestamp, idleSeconds: Double) {
        endedAt = time
        lastHeartbeatAt = min(lastHeartbeatAt, time)
        self.idleSeconds = idleSeconds
        updateIrregular { session in
            session.endedAt = time
            session.isActive = false
        }
    }

    /// Moves the end of a session that is over.
    mutating func goOn(until time: Timestamp, idleSeconds: Double) {
        endedAt = time
        lastHeartbeatAt = time
        self.idleSeconds = idleSeconds
        updateIrregular { $0.endedAt = time }
    }

    private mutating func updateIrregular(_ change: (inout WorkSession) -> Void) {
        guard var stored = irregular?.stored else { return }
        stored.value.lastHeartbeatAt = lastHeartbeatAt
        stored.value.idleSeconds = idleSeconds
        change(&stored.value)
        irregular = Irregular(stored)
    }
}
