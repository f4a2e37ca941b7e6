import JSON
import Shared

/// An entry of the audit in its place. Numbers rise by one from 1 on.
struct AuditRecord: Sendable, Hashable {
    let number: Int
    let entry: AuditEntry

    /// The names of a line's members, in order.
    enum Name {
        static let number: StaticString = "n"
        static let previous: StaticString = "prev"
    }

    /// Writes the members of a line, but for ``Name/previous``, into an object that is open.
    func writeMembers(to writer: inout JSONWriter) {
        writer.key(Name.number)
        writer.number(number)
        writer.key("at")
        writer.timestamp(entry.at)
        writer.key("who")
        writer.optional(entry.who)
        writer.key("address")
        writer.optional(entry.address)
        writer.key("what")
        writer.string(entry.what.rawValue)
        writer.key("about")
        writer.optional(entry.about)
        writer.key("detail")
        writer.value(entry.detail.map { .object($0) } ?? .null)
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(to: &writer)
        writer.endObject()
    }

    init(number: Int, entry: AuditEntry) {
        self.number = number
        self.entry = entry
    }

    init(json: JSONValue) throws(JSONFieldError) {
        let fields = try JSONFields(json)
        guard let what = AuditKind(rawValue: try fields.text("what")) else {
            throw JSONFieldError(field: "what", expected: "the name of something that is audited")
        }
        self.init(
            number: try fields.integer("n"),
            entry: AuditEntry(
                at: try fields.timestamp("at"), who: try fields.optionalText("who"),
                address: try fields.optionalText("address"), what: what, about: try fields.optionalText("about"),
                detail: fields["detail"]?.object))
    }
}

extension JSONWriter {
    fileprivate mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
