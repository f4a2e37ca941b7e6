import HTTPTypes
import Metrics
import Synchronization

/// Counts and times the answers to requests.
///
/// What a request may say freely makes no labels, or strangers could make millions: a path is that of the interface which it
/// fits, and a method one of those that HTTP defines.
struct RequestMetrics: Sendable {
    /// The label of paths that are none of the interface's.
    static let unknownPath = "unknown"
    /// The label of methods that are none of HTTP's.
    static let unknownMethod = "other"

    private let paths: [String: PathMetrics]
    private let unknown: PathMetrics

    init(paths: Set<String>, factory: any MetricsFactory) {
        self.paths = paths.reduce(into: [:]) { $0[$1] = PathMetrics($1, factory) }
        unknown = PathMetrics(Self.unknownPath, factory)
    }

    /// - Parameters:
    ///   - path: as the interface names it; nil when it is none of the interface's.
    ///   - nanoseconds: from the head of the request to that of the answer: how long a client takes to read, or watches a
    ///     stream, is no part of it. Nil for what is to wait, which would hide how fast the rest is.
    func answered(
        _ method: HTTPRequest.Method, _ path: String?, _ status: HTTPResponse.Status, after nanoseconds: Int64?
    ) {
        (path.flatMap { paths[$0] } ?? unknown).answered(method, status.code, after: nanoseconds)
    }
}

/// The answers to requests for one path.
private final class PathMetrics: Sendable {
    /// Made by the first request that needs them, so that nothing is told of paths that nobody asks for.
    private struct Instruments {
        /// So few that looking through them is quicker than hashing.
        var answers: [(method: Int, status: Int, counter: Counter)] = []
        var duration: Metrics.Timer?
    }

    /// Those that are asked for most come first.
    private static let methods: [HTTPRequest.Method] = [
        .get, .post, .head, .options, .delete, .patch, .put, .trace, .connect,
    ]

    private let path: String
    private let factory: any MetricsFactory
    private let instruments = Mutex(Instruments())

    init(_ path: String, _ factory: any MetricsFactory) {
        self.path = path
        self.factory = factory
    }

    func answered(_ method: HTTPRequest.Method, _ status: Int, after nanoseconds: Int64?) {
        let number = Self.methods.firstIndex(of: method) ?? Self.methods.count
        let (counter, duration) = instruments.withLock { instruments in
            let known = instruments.answers.first { $0.status == status && $0.method == number }
            let counter = known?.counter ?? makeCounter(number, status, &instruments)
            return (counter, nanoseconds == nil ? nil : timer(&instruments))
        }
        counter.increment()
        if let nanoseconds { duration?.recordNanoseconds(nanoseconds) }
    }

    private func makeCounter(_ number: Int, _ status: Int, _ instruments: inout Instruments) -> Counter {
        let method = number < Self.methods.count ? Self.methods[number].rawValue : RequestMetrics.unknownMethod
        let labels = [("method", method), ("route", path), ("status", String(status))]
        let counter = Counter(label: Metric.httpRequests.rawValue, dimensions: labels, factory: factory)
        instruments.answers.append((number, status, counter))
        return counter
    }

    private func timer(_ instruments: inout Instruments) -> Metrics.Timer {
        if let timer = instruments.duration { return timer }
        let timer = Metrics.Timer(
            label: Metric.httpRequestDuration.rawValue, dimensions: [("route", path)], factory: factory)
        instruments.duration = timer
        return timer
    }
}
