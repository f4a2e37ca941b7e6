/// What an account may do. The raw value is what files and tokens hold.
public enum Role: String, Sendable, Hashable, CaseIterable {
    case employee
    case manager
    case superAdmin = "super_admin"

    /// Managers and administrators.
    public var isManager: Bool { self != .employee }
}
