import Files
import Metrics

/// What a server counts while it works. What is so at the moment is read when somebody asks, see ServerEnvironment+Metrics.swift.
struct ServerMetrics: Sendable {
    /// Nil when nothing is counted.
    let registry: MetricsRegistry?
    let heartbeats: Counter
    let uploads: Counter
    let uploadBytes: Counter
    let loginFailures: Counter
    let journalFlushes: Metrics.Timer
    let refusals: Refusals

    /// What was not taken because there was too much of it.
    struct Refusals: Sendable {
        let connections: Counter
        let requests: Counter
        let sockets: Counter
        let passwords: Counter
        let uploads: Counter
    }

    init(isOn: Bool) {
        registry = isOn ? MetricsRegistry() : nil
        let factory: any MetricsFactory = registry ?? NOOPMetricsHandler.instance
        func counter(_ metric: Metric) -> Counter { Counter(label: metric.rawValue, factory: factory) }
        heartbeats = counter(.heartbeats)
        uploads = counter(.uploads)
        uploadBytes = counter(.uploadBytes)
        loginFailures = counter(.loginFailures)
        func refused(_ what: String) -> Counter {
            Counter(label: Metric.refusals.rawValue, dimensions: [("what", what)], factory: factory)
        }
        refusals = Refusals(
            connections: refused("connection"), requests: refused("request"), sockets: refused("socket"),
            passwords: refused("password"), uploads: refused("upload"))
        journalFlushes = Metrics.Timer(label: Metric.journalFlushDuration.rawValue, factory: factory)
    }

    /// For the answers to requests of these paths; nil when nothing is counted.
    func requests(paths: Set<String>) -> RequestMetrics? {
        registry.map { RequestMetrics(paths: paths, factory: $0) }
    }
}

extension Flushes {
    /// - Parameter timer: of the flushes of the journal's records, also of those that fail.
    init(timing timer: Metrics.Timer) {
        self.init(records: { file throws(FileError) in
            try timer.measure { () throws(FileError) in try file.flushData() }
        })
    }
}
