/// Whom a sender counts for where something is limited.
public enum SenderNetwork {
    /// The address itself, or of an IPv6 address the first 64 bits, since every network has so many.
    public static func name(of address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let groups = address.split(separator: ":", omittingEmptySubsequences: false)
        // What "::" stands for (RFC 5952, section 4.2).
        let left = groups.prefix { !$0.isEmpty }
        let right = groups.dropFirst(left.count).filter { !$0.isEmpty }
        let zeros = [Substring](repeating: "0", count: max(0, 8 - left.count - right.count))
        return (left + zeros + right).prefix(4).joined(separator: ":")
    }
}
