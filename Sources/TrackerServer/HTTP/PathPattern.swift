/// A path with parameters in braces, such as `/api/employees/{email}`.
struct PathPattern: Sendable {
    /// As it was written.
    let text: String
    private let segments: [Segment]

    private enum Segment: Sendable {
        case fixed(String)
        case parameter(String)
    }

    init(_ path: String) {
        text = path
        segments = path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part.hasPrefix("{") ? .parameter(String(part.dropFirst().dropLast())) : .fixed(String(part))
        }
    }

    /// The names of the parameters.
    var parameters: [String] {
        segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } }
    }

    /// Of segments, the empty one before the first slash included.
    var count: Int { segments.count }

    /// True for a path below `/api/`.
    var isAPI: Bool {
        guard segments.count > 2, case .fixed("api") = segments[1] else { return false }
        return true
    }

    /// The parameters if the decoded segments of a path fit; a parameter is one segment, not empty.
    func match(_ path: [String]) -> [String: String]? {
        guard path.count == segments.count else { return nil }
        var parameters: [String: String] = [:]
        for (segment, text) in zip(segments, path) {
            switch segment {
            case .fixed(let expected): guard text == expected else { return nil }
            case .parameter(let name):
                guard !text.isEmpty else { return nil }
                parameters[name] = text
            }
        }
        return parameters
    }
}
