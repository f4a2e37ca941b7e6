// Formats: reports and lists as JSON, for spreadsheets and for terminals. A Table has what the last two show; what a
// response's table looks like stands in Tables.swift.

import Shared

/// The form in which a report or a list is wanted.
enum AnswerFormat: String, Sendable, CaseIterable {
    case json
    case csv
    case text

    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .csv: "text/csv"
        case .text: "text/plain"
        }
    }

    /// The format that an Accept header likes best (RFC 9110, section 12.5.1); of several the first case. JSON when there is
    /// no such header.
    /// - Returns: nil when none will do.
    static func preferred(accept: String?) -> AnswerFormat? {
        guard let accept, accept.contains(where: { $0 != " " && $0 != "," }) else { return .json }
        let ranges = accept.split(separator: ",").compactMap { MediaRange($0) }
        var best: (format: AnswerFormat, quality: Double)?
        for format in allCases {
            guard
                let quality = ranges.filter({ $0.includes(format.mediaType) }).max(by: { $0.weight < $1.weight })?
                    .quality,
                quality > best?.quality ?? 0
            else { continue }
            best = (format, quality)
        }
        return best?.format
    }

    /// A range of media types with its quality.
    private struct MediaRange {
        /// In lower case: `text/csv`, `text/*` or `*/*`.
        let type: String
        let quality: Double

        /// Nil when the quality is no number from 0 to 1: then the range counts for nothing.
        init?(_ text: Substring) {
            let parts = text.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
            guard let type = parts.first else { return nil }
            self.type = type
            guard let parameter = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
                quality = 1
                return
            }
            guard let quality = Double(parameter.dropFirst(2)), (0...1).contains(quality) else { return nil }
            self.quality = quality
        }

        /// What is said more exactly counts more.
        var weight: Int { type == "*/*" ? 0 : type.hasSuffix("/*") ? 1 : 2 }

        func includes(_ mediaType: String) -> Bool {
            type == "*/*" || type == mediaType || type.hasSuffix("/*") && mediaType.hasPrefix(type.dropLast())
        }
    }
}
