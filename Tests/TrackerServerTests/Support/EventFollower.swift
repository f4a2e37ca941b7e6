import JSON
import Shared
import Testing

/// Somebody who follows the office's events, as a program does that reads them line by line.
struct EventFollower: Sendable {
    struct Event: Sendable, Hashable {
        var id: Int
        var name: String
        /// As it came.
        var data: String

        var json: JSONValue { get throws { try JSONReader.value(of: Array(data.utf8)) } }

        /// The texts of a list in it.
        func texts(_ key: JSONString) throws -> [String] {
            try json.object?[key]?.array?.compactMap(\.text) ?? []
        }
    }

    /// What ends the body of an answer (RFC 9112, section 7.1).
    static let lastChunk = "\r\n0\r\n\r\n"

    let wire: Wire
    let head: Reply
    /// The first event.
    let hello: Event

    init(_ server: some Target, as person: Person) async throws {
        wire = try Wire(port: server.port)
        try await wire.send(Self.request(by: person))
        head = Reply(head: String(try await wire.text(through: "\r\n\r\n").dropLast()))
        try #require(head.status == 200)
        hello = try await Self.next(wire)
        #expect(hello.name == "hello")
    }

    static func request(by person: Person) -> String {
        "GET \(APIPath.events) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(person.token)\r\n\r\n"
    }

    func next() async throws -> Event { try await Self.next(wire) }

    /// The next event's name and data, in one text.
    func line() async throws -> String {
        let event = try await next()
        return "\(event.name) \(event.data)"
    }

    /// Comments are passed over. A line's end is one line feed; others are those of chunks.
    private static func next(_ wire: Wire) async throws -> Event {
        while true {
            let lines = try await wire.text(through: "\n\n").split(whereSeparator: \.isNewline)
            guard lines.count >= 3, lines.last?.hasPrefix("data: ") == true else { continue }
            let fields = lines.suffix(3).map { $0.drop { $0 != " " }.dropFirst() }
            return Event(id: try #require(Int(fields[0])), name: String(fields[1]), data: String(fields[2]))
        }
    }
}
