import Foundation

/// How long random input is tried, and from which seed: FUZZ_SECONDS, 2 if not said, and FUZZ_SEED, 1 if not said.
public struct FuzzRun {
    public let seed: UInt64
    private let end: ContinuousClock.Instant

    /// Begins now.
    public init() {
        let environment = ProcessInfo.processInfo.environment
        seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
        end = ContinuousClock.now + .seconds(environment["FUZZ_SECONDS"].flatMap(Double.init) ?? 2)
    }

    public var isOver: Bool { ContinuousClock.now >= end }
}
