/// The JSON files, in the order in which they are written: a password before the account that it belongs to.
enum DataFile: String, Sendable, Hashable, CaseIterable, Comparable {
    case credentials = "credentials.json"
    case users = "users.json"
    case organization = "organization.json"
    case intervals = "intervals.json"
    case workSessions = "work_sessions.json"
    case corrections = "corrections.json"
    case uploadsIndex = "index.json"

    /// False for a file that earlier versions of the server, and the system that it replaces, did not have.
    var isOfEveryVersion: Bool { self != .corrections }

    static func < (left: DataFile, right: DataFile) -> Bool {
        let order = allCases
        return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
    }
}
