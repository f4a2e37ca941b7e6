extension String {
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
