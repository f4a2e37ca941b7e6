import Foundation
import Shared
import Synchronization

/// Time as a test lets it pass. Milliseconds since the test began; the server's clock is right.
final class World: Sendable {
    let start: Timestamp
    private let elapsed = Mutex<Int64>(0)
    private let listening = Mutex<Int>(0)

    init(at start: Timestamp) { self.start = start }

    var milliseconds: Int64 { elapsed.withLock { $0 } }
    var second: Int { Int(milliseconds / 1000) }
    var now: Timestamp { start.adding(milliseconds: milliseconds) }

    /// Where the server is; another port each time that it comes back.
    var port: Int {
        get { listening.withLock { $0 } }
        set { listening.withLock { $0 = newValue } }
    }

    func pass(milliseconds: Int64) { elapsed.withLock { $0 += milliseconds } }
}
