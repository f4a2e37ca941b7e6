/// The text format of Prometheus, version 0.0.4 (prometheus.io, "Exposition formats"). Pure.
struct PrometheusText: Sendable {
    static let mediaType = "text/plain; version=0.0.4; charset=utf-8"

    /// All lines, each with its line break.
    private(set) var text = ""

    /// Every ``Metric`` has its HELP and TYPE, also while it has no samples.
    init(_ samples: [Metric: [MetricSample]]) {
        for metric in Metric.allCases {
            text += "# HELP \(metric.rawValue) \(Self.escaped(metric.help))\n"
            text += "# TYPE \(metric.rawValue) \(metric.kind.rawValue)\n"
            for sample in samples[metric] ?? [] { write(sample, of: metric.rawValue) }
        }
    }

    private mutating func write(_ sample: MetricSample, of name: String) {
        switch sample.value {
        case .number(let number): line(name, sample.labels, number)
        case .histogram(let counts):
            var sum = 0
            for (bound, count) in zip(Histogram.bounds + [.infinity], counts.buckets) {
                sum += count
                line("\(name)_bucket", sample.labels + [("le", Self.number(bound))], Double(sum))
            }
            line("\(name)_sum", sample.labels, counts.seconds)
            line("\(name)_count", sample.labels, Double(sum))
        }
    }

    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, quote: true))\"" }
            text += "{\(pairs.joined(separator: ","))}"
        }
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers without a fraction.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? "\(value)"
    }

    private static func escaped(_ text: String, quote: Bool = false) -> String {
        guard text.utf8.contains(where: { "\\\n\"".utf8.contains($0) }) else { return text }
        let result = text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        return quote ? result.replacing("\"", with: "\\\"") : result
    }
}
