import Metrics
import Testing

@testable import TrackerServer

struct PrometheusTextTests {
    private func lines(_ samples: [Metric: [MetricSample]]) -> [String] {
        PrometheusText(samples).text.split(separator: "\n").map(String.init)
    }

    @Test func everyMetricIsExplainedAndHasItsTypeAlsoWithoutSamples() {
        let names = Metric.allCases.map(\.rawValue)
        let lines = lines([:])
        #expect(lines.count == 2 * names.count)
        for (index, name) in names.enumerated() {
            #expect(lines[2 * index].hasPrefix("# HELP \(name) "))
            #expect(lines[2 * index + 1].hasPrefix("# TYPE \(name) "))
        }
        #expect(PrometheusText([:]).text.hasSuffix("\n"))
    }

    @Test(
        arguments: [
            (0, "0"), (3, "3"), (-2, "-2"), (0.5, "0.5"), (1772438400.125, "1772438400.125"), (1e300, "1e+300"),
            (9_007_199_254_740_992, "9007199254740992"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func numbersAreThoseOfGo(number: Double, text: String) {
        let sample = MetricSample(labels: [], value: .number(number))
        #expect(lines([.sockets: [sample]]).contains("tracker_sockets \(text)"))
    }

    @Test func labelsAreEscaped() {
        let labels = [("file", "a\"b\\c\nd"), ("é", "ü,{}= ")]
        let sample = MetricSample(labels: labels.map { (name: $0, value: $1) }, value: .number(1))
        #expect(lines([.records: [sample]]).contains(#"tracker_records{file="a\"b\\c\nd",é="ü,{}= "} 1"#))
    }

    @Test func aHistogramCountsUpToEachBound() {
        let histogram = Histogram()
        for nanoseconds in [0, 100_000, 100_001, 10_000_000_000, 10_000_000_001, Int64.max] as [Int64] {
            histogram.recordNanoseconds(nanoseconds)
        }
        let sample = MetricSample(labels: [(name: "route", value: "/x")], value: .histogram(histogram.counts))
        let lines = lines([.httpRequestDuration: [sample]]).filter { $0.hasPrefix("tracker_http_request_duration") }
        let name = "tracker_http_request_duration_seconds"
        #expect(lines.first == #"\#(name)_bucket{route="/x",le="0.0001"} 2"#)
        #expect(lines[1] == #"\#(name)_bucket{route="/x",le="0.00025"} 3"#)
        #expect(lines[Histogram.bounds.count - 1] == #"\#(name)_bucket{route="/x",le="10"} 4"#)
        #expect(lines[Histogram.bounds.count] == #"\#(name)_bucket{route="/x",le="+Inf"} 6"#)
        #expect(lines.dropLast().last?.hasPrefix(#"\#(name)_sum{route="/x"} 9223372056.8"#) == true)
        #expect(lines.last == #"\#(name)_count{route="/x"} 6"#)
    }
}

/// What stands behind swift-metrics.
struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    private func numbers(_ metric: Metric) -> [String: Double] {
        (registry.samples[metric] ?? []).reduce(into: [:]) { result, sample in
            guard case .number(let number) = sample.value else { return }
            result[sample.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ",")] = number
        }
    }

    @Test func countersOfTheSameNameAndLabelsAreOne() {
        for amount in [1, 2] {
            Counter(label: Metric.uploads.rawValue, factory: registry).increment(by: amount)
            Counter(label: Metric.records.rawValue, dimensions: [("file", "a")], factory: registry).increment(
                by: amount)
        }
        Counter(label: Metric.records.rawValue, dimensions: [("file", "b")], factory: registry).increment()
        #expect(numbers(.uploads) == ["": 3])
        #expect(numbers(.records) == ["file=a": 3, "file=b": 1])
    }

    @Test func twoRegistriesShareNothing() {
        Counter(label: Metric.uploads.rawValue, factory: registry).increment()
        #expect(MetricsRegistry().samples.isEmpty)
    }

    @Test func namesThatAreNoneOfOursAreNotKept() {
        Counter(label: "strange", factory: registry).increment()
        Gauge(label: Metric.sockets.rawValue, factory: registry).record(3)
        Metrics.Timer(label: "strange", factory: registry).recordNanoseconds(1)
        #expect(registry.samples.isEmpty)
    }

    /// From as many threads as there are.
    @Test func nothingIsLostWhereManyCountAtTheSameTime() async {
        let timer = Metrics.Timer(label: Metric.journalFlushDuration.rawValue, factory: registry)
        let counter = Counter(label: Metric.uploads.rawValue, factory: registry)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for number in 0..<1000 {
                        counter.increment()
                        timer.recordNanoseconds(Int64(number) * 1_000_000)
                    }
                }
            }
        }
        #expect(numbers(.uploads) == ["": 8000])
        guard case .histogram(let counts)? = registry.samples[.journalFlushDuration]?.first?.value else {
            Issue.record("There is no histogram")
            return
        }
        #expect(counts.buckets.reduce(0, +) == 8000)
        #expect(abs(counts.seconds - 8 * 499.5) < 1e-6)
    }
}
