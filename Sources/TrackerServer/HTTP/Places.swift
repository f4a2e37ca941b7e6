import Metrics
import Synchronization

/// How many of something there may be at a time, in all and from each network. Pure.
struct Places: Sendable {
    /// The most of them.
    struct Limits: Sendable, Hashable {
        var inAll: Int
        /// From one address, or in IPv6 one network of 64 bits, which may be an office or a proxy.
        var fromNetwork: Int
    }

    private let limits: Limits
    private(set) var count = 0
    private var networks: [String: Int] = [:]

    init(_ limits: Limits) { self.limits = limits }

    /// - Parameter network: nil for whom the limit of networks does not hold.
    func hasPlace(for network: String?) -> Bool {
        count < limits.inAll && (network.flatMap { networks[$0] } ?? 0) < limits.fromNetwork
    }

    /// - Returns: false when there is no place; then nothing is to be left.
    mutating func enter(_ network: String?) -> Bool {
        guard hasPlace(for: network) else { return false }
        count += 1
        if let network { networks[network, default: 0] += 1 }
        return true
    }

    mutating func leave(_ network: String?) {
        count -= 1
        guard let network else { return }
        let left = (networks[network] ?? 0) - 1
        networks[network] = left > 0 ? left : nil
    }
}

/// The places of one kind of a running server.
final class PlaceKeeper: Sendable {
    private let places: Mutex<Places>
    /// Counts those who found none.
    private let refused: Counter

    init(_ limits: Places.Limits, refused: Counter) {
        places = Mutex(Places(limits))
        self.refused = refused
    }

    var count: Int { places.withLock { $0.count } }

    func enter(_ network: String?) -> Bool {
        let hasEntered = places.withLock { $0.enter(network) }
        if !hasEntered { refused.increment() }
        return hasEntered
    }

    func leave(_ network: String?) { places.withLock { $0.leave(network) } }
}

/// There are too many requests under way.
struct TooManyRequests: Error, Sendable {
    /// Until the sender may try again.
    static let seconds = 1
}
