import OrderedCollections
import Shared

/// A way in which a data file says something otherwise than this server, as the system that it replaces and people with
/// editors do, and how it is taken. What can't be understood at all is no quirk but damage.
enum Quirk: Sendable, Hashable, CaseIterable {
    case byteOrderMark
    case nameMissing
    case roleMissing
    case createdAtUnknown

    case idMissing
    case endMissing
    case activityOdd
    case idleMissing
    case idleBelowZero
    case beatMissing
    case dateMissing
    case beatBeforeStart
    case openTwice

    case numberAsText
    case timeAsNumber

    case intervalMissing
    case intervalInMinutes

    case employeeMissing
    case imageElsewhere
    case captureTimeMissing

    /// What is there, and how it is taken: for a sentence behind the name of the file.
    var sentence: String {
        switch self {
        case .byteOrderMark: "begins with a byte order mark, which is passed over"
        case .nameMissing: "has records without a name, which is taken as empty"
        case .roleMissing: "has accounts without a role, which are taken as employees"
        case .createdAtUnknown: "has accounts whose createdAt is no time: their history has no beginning"
        case .idMissing: "has sessions without an id, which is made of their employee and start"
        case .endMissing: "has sessions without endedAt, which are taken as open"
        case .activityOdd: "has sessions whose isActive is not true or false; what counts is endedAt"
        case .idleMissing: "has sessions without idleSeconds, which are taken as 0"
        case .idleBelowZero: "has sessions with less than 0 idle seconds, which are taken as 0"
        case .beatMissing: "has sessions without lastHeartbeatAt, which is taken from their end or start"
        case .dateMissing: "has sessions without a date, which is taken from their start"
        case .beatBeforeStart:
            "has open sessions whose last heartbeat lies before their start: they count as silent and, having no length, go"
        case .openTwice: "has ids of open sessions more than once: all but the first end at their last heartbeat"
        case .numberAsText: "has numbers as texts, which are taken as numbers"
        case .timeAsNumber: "has times as numbers, which are taken as milliseconds since 1970"
        case .intervalMissing: "has intervals that are null, which are taken as not assigned"
        case .intervalInMinutes:
            "has intervals that nobody can have meant in seconds, which are taken as minutes"
        case .employeeMissing: "has images without employeeId, which belong to nobody"
        case .imageElsewhere: "has images by paths of another folder, which are taken as those of that name in uploads"
        case .captureTimeMissing: "has images without ts, which is taken from the name or the time of the image"
        }
    }
}

/// The quirks of one data file: of each how many records have it, and one of them.
struct Quirks: Sendable {
    struct Noted: Sendable, Hashable {
        var count: Int
        /// What stands in the record by which people know it.
        let example: String
    }

    private(set) var noted: OrderedDictionary<Quirk, Noted> = [:]

    /// - Parameter record: by which people know it; empty for the only one.
    mutating func note(_ quirks: Set<Quirk>, of record: String) {
        for quirk in quirks { noted[quirk, default: Noted(count: 0, example: record)].count += 1 }
    }

    /// How many records have it, and one of them, for the end of a sentence.
    static func amount(_ noted: Noted) -> String {
        let count = "\(noted.count) record\(noted.count == 1 ? "" : "s")"
        return noted.example.isEmpty ? count : "\(count), such as \(noted.example)"
    }
}

/// What is known beside the files while they are read.
struct ReadingSurroundings: Sendable {
    /// Of the zone whose days the records name.
    var calendar = WorkCalendar(zone: .utc)
    /// When the image of that name was written last; nil when the upload folder has no such plain file, or can't be asked.
    var imageTime: @Sendable (_ name: String) -> Timestamp? = { _ in nil }
}
