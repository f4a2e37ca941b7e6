public import JSON

extension JSONWriter {
    /// The time as ISO 8601, `null` for nil.
    public mutating func timestamp(_ time: Timestamp?) {
        if let time { string(unescaped: { $0.append(time) }) } else { null() }
    }
}
