import Foundation
import Shared

/// A place in a list of what happened: newest first, then by name.
struct PageCursor: Sendable, Hashable, Comparable {
    let ts: Timestamp
    /// The image's file, or the session's id.
    let name: String
    let list: List

    /// Which list it is a place in; a cursor of another one is refused.
    enum List: String, Sendable, Hashable {
        case uploads
        case sessions
        case audit

        /// What the text begins with.
        fileprivate var mark: String { self == .uploads ? "" : rawValue + " " }
    }

    init(_ record: UploadRecord) {
        self.init(list: .uploads, ts: record.ts, name: record.file)
    }

    init(_ row: SessionRow) {
        self.init(list: .sessions, ts: row.startedAt, name: row.id)
    }

    /// - Parameter offset: where the last line of the page begins in its file.
    init(auditLine offset: Int, at time: Timestamp) {
        self.init(list: .audit, ts: time, name: String(offset))
    }

    private init(list: List, ts: Timestamp, name: String) {
        self.list = list
        self.ts = ts
        self.name = name
    }

    /// The text that ``text`` makes: base64 for URLs (RFC 4648, section 5) of the list, milliseconds, a space and the name.
    /// Nil for anything else, such as the text of another list.
    init?(_ text: String, of list: List) {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: base64 + padding), let decoded = String(data: data, encoding: .utf8),
            decoded.hasPrefix(list.mark)
        else { return nil }
        let place = decoded.dropFirst(list.mark.count)
        guard let space = place.firstIndex(of: " "), let milliseconds = Int64(place[..<space]),
            (Timestamp.earliest...Timestamp.latest).contains(Timestamp(milliseconds: milliseconds))
        else { return nil }
        self.init(
            list: list, ts: Timestamp(milliseconds: milliseconds), name: String(place[place.index(after: space)...]))
    }

    var text: String {
        Data("\(list.mark)\(ts.milliseconds) \(name)".utf8).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    static func < (left: PageCursor, right: PageCursor) -> Bool {
        left.ts == right.ts ? left.name < right.name : left.ts > right.ts
    }
}
