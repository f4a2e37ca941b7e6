import Metrics
import Synchronization

/// Keeps what one server counts and times: swift-metrics is the interface, and this stands behind it.
///
/// Several servers may run in a process, so it is handed on and never made the process's own. Gauges are read when somebody
/// asks, so it takes none; nor does it take names that are no ``Metric``.
final class MetricsRegistry: MetricsFactory {
    private final class Count: CounterHandler {
        let value = Atomic<Int64>(0)

        func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
        func reset() { value.store(0, ordering: .relaxed) }
    }

    /// The handlers of one kind, each once for its metric and labels, in the order in which they were first asked for.
    private struct Handlers<Handler> {
        private(set) var all: [Metric: [(labels: [(name: String, value: String)], handler: Handler)]] = [:]

        mutating func handler(_ metric: Metric, _ labels: [(String, String)], make: () -> Handler) -> Handler {
            let known = all[metric]?.first { $0.labels.elementsEqual(labels) { $0 == $1 } }
            if let known { return known.handler }
            let new = make()
            all[metric, default: []].append((labels.map { (name: $0, value: $1) }, new))
            return new
        }
    }

    private let counts = Mutex(Handlers<Count>())
    private let histograms = Mutex(Handlers<Histogram>())

    /// What was counted and timed.
    var samples: [Metric: [MetricSample]] {
        let counts = counts.withLock { $0.all.mapValues { $0.map { ($0.labels, $0.handler) } } }
        let histograms = histograms.withLock { $0.all }
        return counts.mapValues { handlers in
            handlers.map { MetricSample(labels: $0, value: .number(Double($1.value.load(ordering: .relaxed)))) }
        }.merging(
            histograms.mapValues { handlers in
                handlers.map { MetricSample(labels: $0.labels, value: .histogram($0.handler.counts)) }
            }
        ) { $0 + $1 }
    }

    // MARK: swift-metrics

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard let metric = Metric(rawValue: label) else { return NOOPMetricsHandler.instance }
        return counts.withLock { $0.handler(metric, dimensions) { Count() } }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard let metric = Metric(rawValue: label) else { return NOOPMetricsHandler.instance }
        return histograms.withLock { $0.handler(metric, dimensions) { Histogram() } }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    // What was counted stays as long as the server.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
}
