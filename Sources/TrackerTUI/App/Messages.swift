import FoundationEssentials

/// What was said so far, and what of it somebody reads.
struct Messages: Sendable {
    struct Place: Sendable, Hashable {
        /// As many of the newest messages are below what is shown,
        var newer = 0
        /// and so many lines of the last one that is shown.
        var below = 0
    }

    static let limit = 500

    /// Oldest first.
    private(set) var entries: [LogEntry] = []
    /// Where somebody reads; nil: the newest is shown, whatever comes.
    private(set) var reading: Place?

    mutating func show(_ entry: LogEntry) {
        entries.append(entry)
        // Whoever reads older ones goes on reading them.
        reading?.newer += 1
        if entries.count > Self.limit { entries.removeFirst(entries.count - Self.limit) }
        if let place = reading, place.newer >= entries.count { showOldest() }
    }

    /// In the line of the capture itself.
    ///
    /// - Returns: false when there is none: those of an earlier run have no line.
    mutating func markDelivered(_ capture: UUID) -> Bool {
        guard let index = entries.lastIndex(where: { $0.capture == capture }) else { return false }
        entries[index].isDelivered = true
        return true
    }
}

// MARK: Reading

extension Messages {
    /// How messages stand on the screen.
    struct Layout {
        /// How many lines the screen has room for.
        let rows: () -> Int
        /// Of a message.
        let lines: (LogEntry) -> Int
    }

    mutating func showOldest() { reading = entries.isEmpty ? nil : Place(newer: entries.count - 1) }

    mutating func showNewest() { reading = nil }

    /// Up, to older messages, and with a negative number down.
    mutating func scroll(by lines: Int, _ layout: Layout) {
        for _ in 0..<lines.magnitude {
            let before = reading
            reading = lines > 0 ? older(than: reading, layout) : newer(than: reading, layout)
            guard reading != before else { break }
        }
    }

    private func older(than place: Place?, _ layout: Layout) -> Place? {
        guard var place else {
            // Of a message that has no room the beginning is shown: its end is next.
            return hasRoomForNewest(layout) ? older(than: Place(), layout) : Place()
        }
        if place.below + 1 < lines(newer: place.newer, layout) {
            place.below += 1
        } else if place.newer + 1 < entries.count {
            place = Place(newer: place.newer + 1)
        }
        return place == Place() ? nil : place
    }

    private func newer(than place: Place?, _ layout: Layout) -> Place? {
        guard var place, place != Place() else { return nil }
        if place.below > 0 {
            place.below = min(place.below, lines(newer: place.newer, layout)) - 1
        } else {
            place = Place(newer: place.newer - 1, below: max(lines(newer: place.newer - 1, layout) - 1, 0))
        }
        return place == Place() && hasRoomForNewest(layout) ? nil : place
    }

    private func hasRoomForNewest(_ layout: Layout) -> Bool { lines(newer: 0, layout) <= layout.rows() }

    private func lines(newer: Int, _ layout: Layout) -> Int {
        newer < entries.count ? layout.lines(entries[entries.count - 1 - newer]) : 0
    }
}
