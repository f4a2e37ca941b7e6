/// The sessions of those who have not said who they are, by the time when they were last heard: how many there may be, and
/// who has to go when one more comes.
///
/// The one that was silent longest goes, and never the one that comes: a client says who it is within moments, and is gone
/// from here then. If newcomers were turned away, a few handshakes a second would keep everybody out; and behind a reverse
/// proxy, where all have one address, a whole office.
public struct Strangers: Sendable {
    /// What is borne of them.
    public struct Limits: Sendable, Hashable {
        /// Sessions in all.
        public var sessions: Int
        /// Sessions of one address.
        public var sessionsOfAnAddress: Int
        /// The longest message or body of a request, in bytes.
        public var maxPayload: Int

        public init(sessions: Int = 4000, sessionsOfAnAddress: Int = 1000, maxPayload: Int = 16_384) {
            self.sessions = sessions
            self.sessionsOfAnAddress = sessionsOfAnAddress
            self.maxPayload = maxPayload
        }
    }

    private struct Entry: Sendable {
        let number: UInt64
        let address: String
    }

    private struct Place: Sendable {
        let sid: String
        let number: UInt64

        func isTaken(_ entries: [String: Entry]) -> Bool { entries[sid]?.number == number }
    }

    /// Places in the order in which they were taken. Those that were left are passed over.
    private struct Line: Sendable {
        private var places: [Place] = []
        private var first = 0
        private(set) var count = 0

        mutating func join(_ place: Place) {
            places.append(place)
            count += 1
        }

        /// - Parameter entries: what says who still has which place.
        mutating func leave(_ entries: [String: Entry]) {
            count -= 1
            guard places.count > 2 * count + 64 else { return }
            places = places[first...].filter { $0.isTaken(entries) }
            first = 0
        }

        mutating func longest(_ entries: [String: Entry]) -> String? {
            while first < places.count {
                if places[first].isTaken(entries) { return places[first].sid }
                first += 1
            }
            return nil
        }
    }

    private let limits: Limits
    private var entries: [String: Entry] = [:]
    private var everybody = Line()
    private var addresses: [String: Line] = [:]
    private var lastNumber: UInt64 = 0

    public init(limits: Limits) {
        self.limits = limits
    }

    public var count: Int { entries.count }

    /// - Returns: the session that has to go for this one.
    public mutating func enter(_ sid: String, from address: String) -> String? {
        leave(sid)
        let isCrowded = addresses[address]?.count ?? 0 >= limits.sessionsOfAnAddress
        let isFull = entries.count >= limits.sessions
        var longest: String?
        if isCrowded {
            longest = addresses[address]?.longest(entries)
        } else if isFull {
            longest = everybody.longest(entries)
        }
        if let longest { leave(longest) }
        takePlace(sid, address)
        return longest
    }

    /// The session has said something, even if not who it is. Without effect for others.
    public mutating func heard(_ sid: String) {
        guard let entry = entries[sid] else { return }
        leave(sid)
        takePlace(sid, entry.address)
    }

    /// The session has said who it is, or has ended. Without effect for others.
    public mutating func leave(_ sid: String) {
        guard let entry = entries.removeValue(forKey: sid) else { return }
        everybody.leave(entries)
        addresses[entry.address]?.leave(entries)
        if addresses[entry.address]?.count == 0 { addresses[entry.address] = nil }
    }

    private mutating func takePlace(_ sid: String, _ address: String) {
        lastNumber += 1
        entries[sid] = Entry(number: lastNumber, address: address)
        let place = Place(sid: sid, number: lastNumber)
        everybody.join(place)
        addresses[address, default: Line()].join(place)
    }
}
