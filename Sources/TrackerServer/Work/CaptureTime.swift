import Shared

/// How far a capture's own time may lie from the server's, in milliseconds.
enum CaptureTime {
    static let oldest: Int64 = 7 * 24 * 3_600_000
    static let newest: Int64 = 2 * 60_000

    static func mayBe(_ time: Timestamp, at now: Timestamp) -> Bool {
        now - time <= oldest && time - now <= newest
    }
}
