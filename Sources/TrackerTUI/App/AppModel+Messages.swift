import FoundationEssentials
import Shared

/// What was said so far, and what of it is shown.
extension AppModel {
    /// A place in the messages.
    struct Reading: Sendable, Hashable {
        /// As many of the newest messages are below what is shown,
        var newer = 0
        /// and so many lines of the last one that is shown.
        var below = 0
    }

    /// - Parameter capture: the one that the note is about, so that its delivery can be told in the same line.
    mutating func note(_ note: Note, capture: UUID? = nil) {
        var entry = LogEntry(at: clock, note: note)
        effects.append(.record(entry))
        entry.capture = capture
        show(entry)
    }

    /// What tracking has to say, as it is true of this client.
    func inWords(_ note: Note) -> Note {
        switch note {
        case .wentOffline(let reason) where tracking.phase == .waiting:
            .notTracked(until: "the server says at which interval", reason)
        case .trackedElsewhere(let host, _) where options.isHeadless: .trackedElsewhere(host: host, hasKeys: false)
        case .loginEnded where options.isHeadless: .loginRenewed
        default: note
        }
    }

    /// For the log and the reader of a headless client alone.
    mutating func record(_ note: Note) {
        effects.append(.record(LogEntry(at: clock, note: note)))
    }

    /// What every time on the screen and in the log is of.
    var clock: Timestamp { now.wall }

    private mutating func show(_ entry: LogEntry) {
        log.append(entry)
        // Whoever reads older ones goes on reading them.
        reading?.newer += 1
        if log.count > Self.logLimit { log.removeFirst(log.count - Self.logLimit) }
        if let place = reading, place.newer >= log.count { reading = Reading(newer: log.count - 1) }
    }

    /// Up, to older messages, and with a negative number down.
    mutating func scroll(by lines: Int) {
        for _ in 0..<lines.magnitude {
            let before = reading
            reading = lines > 0 ? older(than: reading) : newer(than: reading)
            guard reading != before else { break }
        }
    }

    private func older(than place: Reading?) -> Reading? {
        guard var place else {
            // Of a message that has no room the beginning is shown: its end is next.
            return hasRoomForNewest ? older(than: Reading()) : Reading()
        }
        if place.below + 1 < lines(newer: place.newer) {
            place.below += 1
        } else if place.newer + 1 < log.count {
            place = Reading(newer: place.newer + 1)
        }
        return place == Reading() ? nil : place
    }

    private func newer(than place: Reading?) -> Reading? {
        guard var place, place != Reading() else { return nil }
        if place.below > 0 {
            place.below = min(place.below, lines(newer: place.newer)) - 1
        } else {
            place = Reading(newer: place.newer - 1, below: max(lines(newer: place.newer - 1) - 1, 0))
        }
        return place == Reading() && hasRoomForNewest ? nil : place
    }

    private var hasRoomForNewest: Bool { lines(newer: 0) <= StatusScreen().messageRows(of: self) }

    private func lines(newer: Int) -> Int {
        guard newer < log.count else { return 0 }
        return StatusScreen.lines(of: log[log.count - 1 - newer], in: self, width: size.width).count
    }

    /// In the line of the capture itself; those of an earlier run have none.
    mutating func tellDelivery(of id: UUID, as file: String) {
        record(.uploaded(file: file))
        if let index = log.lastIndex(where: { $0.capture == id }) {
            log[index].isDelivered = true
        } else if !(log.last?.isDelivery ?? false) {
            show(LogEntry(at: clock, note: .uploaded(file: file)))
        }
    }
}
