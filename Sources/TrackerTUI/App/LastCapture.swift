import Capture
import FoundationEssentials
import Shared

/// The capture that the screen shows as the last one.
struct LastCapture: Sendable, Hashable {
    enum Result: Sendable, Hashable {
        case queued, delivered
        case putAside(reason: String)
    }

    var id: UUID
    var at: Timestamp
    var width: Int
    var height: Int
    var bytes: Int
    var concealment: Concealment?
    var result: Result = .queued
}
