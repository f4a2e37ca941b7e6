import Shared

/// Rows of cells, as CSV and for terminals.
struct Table: Sendable {
    struct Column: Sendable {
        /// The name in JSON, which is the header in CSV.
        let name: String
        /// The header on a terminal; nil where it is not shown there.
        let title: String?
        /// On a terminal it comes last, since it may be long.
        let isLong: Bool

        init(_ name: String, _ title: String? = nil, isLong: Bool = false) {
            self.name = name
            self.title = title
            self.isLong = isLong
        }
    }

    enum Cell: Sendable, Hashable {
        case empty
        /// A text that people have written, or that a data file holds.
        case text(String)
        /// A day or a period that the server has made.
        case plain(String)
        case number(Int)
        case flag(Bool)
        /// A duration.
        case seconds(Int)
        case minutes(Int)
        /// On a terminal without its date when that is `day`.
        case time(Timestamp, day: String? = nil)

        static func optionalTime(_ time: Timestamp?, day: String? = nil) -> Cell {
            time.map { .time($0, day: day) } ?? .empty
        }
    }

    let columns: [Column]
    var rows: [[Cell]] = []
    /// The sums of the rows, as far as they have any.
    var total: [Cell] = []
}
