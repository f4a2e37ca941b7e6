import Shared

/// The query of a request, percent-decoded.
struct Query: Sendable {
    private var values: [String: String] = [:]
    /// The only names that may stand there, in the order of their route; none where any may.
    private(set) var names: [String] = []

    /// Values that come from elsewhere, such as a command line.
    init(_ values: [String: String]) { self.values = values }

    /// - Parameter once: names that may stand there once; of any other the last counts.
    /// - Throws: ``APIError`` when one stands there twice, and when an escape is broken.
    init(_ text: Substring, once: [String]) throws {
        for (name, value) in try Self.pairs(text) {
            guard values.updateValue(value, forKey: name) == nil || !once.contains(name) else {
                throw Self.standsTwice(name)
            }
        }
    }

    /// - Parameters:
    ///   - known: the only names that may stand there, each once.
    ///   - mayBeEmpty: whether one without a value is as good as missing.
    /// - Throws: ``APIError`` when another does, when one has no value, and when an escape is broken.
    init(_ text: Substring, known: [String], mayBeEmpty: Bool) throws {
        names = known
        for (name, value) in try Self.pairs(text) {
            guard known.contains(name) else {
                let names = known.map { "\"\($0)\"" }.joined(separator: ", ")
                throw APIError(
                    .invalidField,
                    "\"\(name)\" is no query parameter of this path; "
                        + (known.isEmpty ? "it takes none." : "it takes \(names)."))
            }
            guard values.updateValue(value, forKey: name) == nil else { throw Self.standsTwice(name) }
        }
        if !mayBeEmpty, let name = known.first(where: { values[$0]?.isEmpty == true }) { throw Self.isEmpty(name) }
    }

    /// What somebody has left empty, such as a script's variable that is not set, narrows nothing.
    static func isEmpty(_ name: String) -> APIError { APIError(.invalidField, "\"\(name)\" must not be empty.") }

    private static func standsTwice(_ name: String) -> APIError {
        APIError(.invalidField, "\"\(name)\" must stand only once in the query.")
    }

    private static func pairs(_ text: Substring) throws -> [(name: String, value: String)] {
        try text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = String(parts[0]).percentDecoded,
                let value = String(parts.count > 1 ? parts[1] : "").percentDecoded
            else { throw APIError(.badRequest, "The query has a broken % escape.") }
            return (name, value)
        }
    }

    /// Nil when missing, not when empty.
    func given(_ name: String) -> String? { values[name] }

    /// Nil when missing or empty.
    subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }
}
