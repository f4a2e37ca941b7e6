import HTTPTypes
import JSON
import Shared

/// What a route says of itself beyond what its method, path, access and body rule say already.
struct Operation: Sendable {
    /// A line for a person.
    let summary: String
    var request: Schema?
    /// What comes when all is well.
    var answers: [Answer]
    /// What else may come than follows from the route's other columns.
    var errors: [APIError.Code] = []

    init(
        _ summary: String, takes request: Schema? = nil, _ answers: Answer..., errors: [APIError.Code] = []
    ) {
        self.summary = summary
        self.request = request
        self.answers = answers
        self.errors = errors
    }

    /// A status and what comes with it.
    struct Answer: Sendable {
        let status: Int
        /// By media type; nothing comes where it is empty.
        var content: [(type: String, schema: Schema)] = []

        static func json(_ schema: Schema, status: Int = 200) -> Answer {
            Answer(status: status, content: [("application/json", schema)])
        }

        /// JSON, CSV or text, see ``AnswerFormat``.
        static func formatted(_ schema: Schema) -> Answer {
            Answer(
                status: 200,
                content: AnswerFormat.allCases.map { ($0.mediaType, $0 == .json ? schema : .text) })
        }

        static func bytes(_ types: String..., status: Int = 200) -> Answer {
            Answer(status: status, content: types.map { ($0, .bytes) })
        }

        static let empty = Answer(status: 204)
    }
}

/// A parameter of a query.
struct QueryParameter: Sendable {
    let name: String
    let schema: Schema
    let description: String

    init(_ name: String, _ schema: Schema, _ description: String) {
        self.name = name
        self.schema = schema
        self.description = description
    }
}

extension QueryParameter {
    static let employeeID = QueryParameter(
        "employeeId", .text, "One employee's records only; an employee gets its own.")
    static let after = QueryParameter("after", .text, "The X-Frame-Timestamp of a frame: waits for another one.")

    static let about = QueryParameter("about", .text, "Only what concerns that account.")
    static let who = QueryParameter("who", .text, "Only what that account did.")
    static let what = QueryParameter(
        "what", .choice(AuditKind.allCases.map(\.rawValue)), "Only what is of that kind.")

    static let width = QueryParameter(
        "width", .choice(ThumbnailKey.widths.map(String.init)),
        "The image made so wide, as PNG; never enlarged.")

    /// Both ends of a list of captures.
    static let instants = [
        QueryParameter("from", .time.or(.day), "Not older: a time, or a whole day of the zone."),
        QueryParameter("to", .time.or(.day), "Before that time, or up to the end of that day."),
    ]
    /// The days of a report.
    static let days = [
        QueryParameter("from", .day, "The first day; with `to`."),
        QueryParameter("to", .day, "The last day; with `from`."),
        QueryParameter(
            "period", .choice(NamedPeriod.allCases.map(\.rawValue)), "Both at once, instead of `from` and `to`."),
    ]
    static let page = [
        QueryParameter("limit", .integer(Call.pageSizes), "How many; \(Call.defaultPageSize) unless said."),
        QueryParameter("before", .text, "The cursor of the Link header of the page before."),
    ]
    static let formats = [
        QueryParameter("format", .choice(AnswerFormat.allCases.map(\.rawValue)), "Wins over the header Accept."),
        QueryParameter("bom", .choice(["0", "1"]), "1: CSV begins with a byte order mark."),
    ]
    static let report = [
        QueryParameter("by", .choice(ReportDivision.allCases.map(\.rawValue)), "What a row is; day unless said."),
        QueryParameter("all", .choice(["0", "1"]), "1: also employees who have nothing in those days."),
        QueryParameter("explain", .choice(["0", "1"]), "1: each row says what it is made of."),
    ]
}
