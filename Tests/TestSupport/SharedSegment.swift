public import Glibc
import Foundation

/// A System V shared memory segment, as /proc/sysvipc/shm (proc(5)) lists it.
public struct SharedSegment: Equatable {
    public let id: Int
    public let bytes: Int
    public let creator: pid_t
    /// Who has attached it to itself, or detached it, last.
    public let lastUser: pid_t
    public let isMarkedForRemoval: Bool

    public static func all() throws -> [SharedSegment] {
        let table = try String(contentsOfFile: "/proc/sysvipc/shm", encoding: .utf8)
        return table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard let id = Int(columns[1]), let mode = Int(columns[2], radix: 8), let bytes = Int(columns[3]),
                let creator = pid_t(columns[4]), let lastUser = pid_t(columns[5])
            else { return nil }
            // SHM_DEST of <sys/shm.h>.
            return SharedSegment(
                id: id, bytes: bytes, creator: creator, lastUser: lastUser, isMarkedForRemoval: mode & 0o1000 != 0)
        }
    }
}
