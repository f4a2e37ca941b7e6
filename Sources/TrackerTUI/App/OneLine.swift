extension String {
    /// Bytes of what a server says that are shown and kept: more than any sentence of this system's.
    static let longestSaid = 500

    /// What a server says, cut where nobody would read on.
    var asSaid: String { cut(toBytes: Self.longestSaid) }

    /// Whole characters (Unicode scalars) that take at most `limit` bytes of UTF-8; three dots say that there was more.
    func cut(toBytes limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var room = limit - 3
        let start = unicodeScalars.prefix { scalar in
            room -= UTF8.width(scalar)
            return room >= 0
        }
        return String(start) + "..."
    }

    /// One line without control characters: what a server sent goes to terminals and into the log.
    var onOneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.isLineSafe ? $0 : " " }))
    }
}

extension Unicode.Scalar {
    fileprivate var isLineSafe: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator, .format: false
        default: true
        }
    }
}
