/// What a metric is for one set of labels.
struct MetricSample: Sendable {
    enum Value: Sendable {
        case number(Double)
        case histogram(Histogram.Counts)
    }

    let labels: [(name: String, value: String)]
    let value: Value
}
