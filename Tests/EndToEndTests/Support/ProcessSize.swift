import Foundation
import Testing

/// What a program holds of the system's.
struct ProcessSize {
    let id: pid_t

    init(of id: pid_t?) throws { self.id = try #require(id) }

    /// Resident memory in bytes.
    var memory: Int {
        get throws {
            let fields = try String(contentsOfFile: "/proc/\(id)/statm", encoding: .utf8).split(separator: " ")
            try #require(fields.count > 1)
            return (Int(fields[1]) ?? 0) * Int(getpagesize())
        }
    }

    /// Open files and connections.
    var descriptors: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/fd").count }
    }

    /// Waits until no more descriptors are open than that.
    func shrinks(to count: Int, within limit: Duration = .seconds(20)) async throws -> Bool {
        let end = ContinuousClock.now + limit
        while try descriptors > count {
            guard ContinuousClock.now < end else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }
}
