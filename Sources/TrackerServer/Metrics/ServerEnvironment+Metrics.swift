import Files
import Shared

extension ServerEnvironment {
    /// What was counted by now, and what is so at the moment; nil when nothing is counted.
    func prometheusText() async -> PrometheusText? {
        guard let registry = metrics.registry else { return nil }
        let system = await store.diskChecks.run { [layout = store.layout] in SystemReadings(layout) }
        return PrometheusText(registry.samples.merging(gauges(system)) { $0 + $1 })
    }

    private func gauges(_ system: SystemReadings) -> [Metric: [MetricSample]] {
        let live = live.counts
        let (open, records) = store.peek { state in
            (state.sessions.openCount, DataFile.allCases.map { ($0, state.recordCount(of: $0)) })
        }
        let folders = [("data", system.freeForData), ("uploads", system.freeForUploads)]
        return [
            .connections: [MetricSample(connections.count)], .requestsUnderWay: [MetricSample(requests.count)],
            .passwordsWaiting: [MetricSample(accounts.hasher.waiting)],
            .sockets: [MetricSample(live.sockets)], .watchers: [MetricSample(live.watches)],
            .openSessions: [MetricSample(open)],
            .records: records.map { file, count in MetricSample(count, [("file", file.rawValue)]) },
            .diskFree: folders.map { folder, bytes in MetricSample(bytes, [("folder", folder)]) },
            .residentMemory: [MetricSample(system.residentMemory)],
            .startTime: [MetricSample(labels: [], value: .number(Double(startedAt.milliseconds) / 1000))],
        ]
    }
}

extension MetricSample {
    /// NaN for what is not known.
    fileprivate init(_ number: (some BinaryInteger)?, _ labels: [(name: String, value: String)] = []) {
        self.init(labels: labels, value: .number(number.map { Double($0) } ?? .nan))
    }
}
