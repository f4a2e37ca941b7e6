import Shared

/// Whose password is hashed next, and who is sent away: a hash takes long, and anybody may ask for one. Pure.
///
/// Those who wait stand in lines, which take turns however long each is. In a line the network has the next turn that had its
/// last one longest ago, and so has the account within a network. Who comes when all places are taken gets that of the newest of
/// those who take most places, or none.
struct HashQueue: Sendable {
    /// Who wants a password hashed, and for whom.
    struct Claim: Sendable, Hashable {
        let line: Line
        /// The address, or of an IPv6 address its network of 64 bits.
        let network: String
        /// Whose password it is, or would be; folded.
        let account: String
        /// Guesses for one account are answered one after the other, or many at once would get more attempts than are allowed.
        let isGuess: Bool
    }

    /// Few manage, and everything may depend on them; a device that has signed in before is no stranger's.
    enum Line: Int, Sendable, CaseIterable {
        case managers, employees, managersElsewhere, strangers

        /// - Parameter isNear: the account has signed in from that device or network before.
        init(isManager: Bool, isNear: Bool) {
            self = isManager ? (isNear ? .managers : .managersElsewhere) : (isNear ? .employees : .strangers)
        }
    }

    /// What became of a claim.
    enum Admission: Sendable, Hashable {
        case waits
        /// It waits in the place of the claim of this number, which is sent away.
        case displaces(UInt64)
        case refused
    }

    /// Claims that may wait, in all and of one account.
    static let places = 128
    static let placesOfAccount = 32
    /// Seconds after which whoever was sent away may come again.
    static let pause = 5

    private struct Waiting: Sendable {
        let number: UInt64
        let claim: Claim
    }

    private enum Group: Sendable, Hashable {
        case line(Line)
        case network(Line, String)
        case account(Line, String, String)
    }

    private let threads: Int
    /// In the order in which they came.
    private var waiting: [Waiting] = []
    private var running: [UInt64: Claim] = [:]
    /// When each group had its last turn, counted in turns.
    private var lastTurns: [Group: UInt64] = [:]
    private var turns: UInt64 = 0

    /// - Parameter threads: how many passwords are hashed at a time.
    init(threads: Int) { self.threads = threads }

    var waitingCount: Int { waiting.count }

    mutating func add(_ number: UInt64, _ claim: Claim) -> Admission {
        guard waiting.count(where: { $0.claim.account == claim.account }) < Self.placesOfAccount else {
            return .refused
        }
        guard waiting.count >= Self.places else {
            waiting.append(Waiting(number: number, claim: claim))
            return .waits
        }
        guard let victim = victim(of: claim) else { return .refused }
        waiting.removeAll { $0.number == victim }
        waiting.append(Waiting(number: number, claim: claim))
        return .displaces(victim)
    }

    /// The claim whose turn it is; nil when no thread is free or nobody waits.
    mutating func next() -> UInt64? {
        guard running.count < threads else { return nil }
        var candidates = waiting.filter { !mustWait($0.claim) }
        for level in Self.levels {
            let oldest = candidates.map { lastTurns[level($0.claim)] ?? 0 }.min()
            candidates.removeAll { lastTurns[level($0.claim)] ?? 0 != oldest }
        }
        guard let chosen = candidates.first else { return nil }
        waiting.removeAll { $0.number == chosen.number }
        running[chosen.number] = chosen.claim
        turns += 1
        for level in Self.levels { lastTurns[level(chosen.claim)] = turns }
        if lastTurns.count > 4 * Self.places { forget() }
        return chosen.number
    }

    /// Nobody waits for it any more. It has no effect on one whose turn has come.
    mutating func remove(_ number: UInt64) { waiting.removeAll { $0.number == number } }

    /// Its password is hashed.
    mutating func end(_ number: UInt64) { running[number] = nil }

    private static let levels: [@Sendable (Claim) -> Group] = [
        { .line($0.line) }, { .network($0.line, $0.network) }, { .account($0.line, $0.network, $0.account) },
    ]

    private func mustWait(_ claim: Claim) -> Bool {
        claim.isGuess && running.values.contains { $0.isGuess && $0.account == claim.account }
    }

    /// The newest of those who take most places, if that is more than the newcomer's own take: of a line, or else of the
    /// newcomer's line a network, or of its network an account.
    private func victim(of newcomer: Claim) -> UInt64? {
        var crowd = waiting
        var isDecided = false
        for level in Self.levels {
            let counts = Dictionary(crowd.map { (level($0.claim), 1) }, uniquingKeysWith: +)
            let own = level(newcomer)
            // Of those who take as many the one that came last.
            let largest = crowd.reversed().max {
                counts[level($0.claim), default: 0] < counts[level($1.claim), default: 0]
            }
            guard let largest else { return nil }
            let group = level(largest.claim)
            if !isDecided, counts[group, default: 0] > counts[own, default: 0] + 1 { isDecided = true }
            crowd.removeAll { level($0.claim) != (isDecided ? group : own) }
        }
        return isDecided ? crowd.last?.number : nil
    }

    /// Groups of which nobody waits count as new when they come again.
    private mutating func forget() {
        let present = Set(waiting.flatMap { waiting in Self.levels.map { $0(waiting.claim) } })
        lastTurns = lastTurns.filter { present.contains($0.key) }
    }
}
