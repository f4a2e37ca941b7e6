/// Numbers of records by the UUID under which they were uploaded. Two employees may have used the same.
struct KeyIndex: Sendable {
    private var first: [UUIDBits: UInt32] = [:]
    private var others: [UUIDBits: [UInt32]] = [:]

    init(capacity: Int = 0) {
        first.reserveCapacity(capacity)
    }

    /// The newest first.
    func numbers(of key: UUIDBits) -> [UInt32] {
        (others[key] ?? []).reversed() + (first[key].map { [$0] } ?? [])
    }

    mutating func add(_ number: UInt32, of key: UUIDBits) {
        if let known = first.updateValue(number, forKey: key) {
            first[key] = known
            others[key, default: []].append(number)
        }
    }

    mutating func remove(_ number: UInt32, of key: UUIDBits) {
        others[key]?.removeAll { $0 == number }
        if others[key]?.isEmpty == true { others[key] = nil }
        guard first[key] == number else { return }
        first[key] = others[key]?.first
        if first[key] != nil { others[key]?.removeFirst() }
        if others[key]?.isEmpty == true { others[key] = nil }
    }
}
