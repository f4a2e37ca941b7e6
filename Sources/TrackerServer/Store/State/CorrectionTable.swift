import OrderedCollections
import Shared

/// The corrections of hours, in order of creation. There are few of them: what is asked is found by looking at all.
struct CorrectionTable: Sendable {
    private var byID: OrderedDictionary<String, Stored<Correction>> = [:]

    var count: Int { byID.count }

    /// All of them, in order of creation.
    var all: some Sequence<Stored<Correction>> { byID.values }

    subscript(id: String) -> Correction? { byID[id]?.value }

    /// Those about `days`, of one employee or of everybody, in order of creation; revoked ones too.
    func about(_ employee: AccountID?, in days: DayRange) -> [Correction] {
        byID.values.lazy.map(\.value).filter { correction in
            days.contains(correction.date)
                && (employee.map { $0 == AccountID(stored: correction.employeeID) } ?? true)
        }
    }

    /// The same without those that were revoked.
    func counting(of employee: AccountID?, in days: DayRange) -> [Correction] {
        about(employee, in: days).filter(\.counts)
    }

    /// Adds one at the end; one whose id is known is replaced.
    mutating func add(_ correction: Correction) {
        var stored = byID[correction.id] ?? Stored(correction)
        stored.value = correction
        byID[correction.id] = stored
    }

    mutating func revoke(_ id: String, at time: Timestamp, by manager: String) {
        byID[id]?.value.revokedAt = time
        byID[id]?.value.revokedBy = manager
    }

    /// Takes one of a file that is loaded.
    /// - Returns: false when its id is known.
    mutating func load(_ correction: Stored<Correction>) -> Bool {
        guard byID[correction.value.id] == nil else { return false }
        byID[correction.value.id] = correction
        return true
    }
}
