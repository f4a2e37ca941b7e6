/// The servers that are asked without a proxy, as curl reads the variable no_proxy: names, which stand for all that is below
/// them too, and addresses, with or without a network's length, divided by commas or blanks; an asterisk alone is all of them.
///
/// Source: curl(1), "Environment", and its behaviour (7.88), which a test compares.
struct NoProxy: Sendable, Hashable {
    private let isAll: Bool
    /// In lower case.
    private let entries: [Substring]

    init(_ text: String) {
        isAll = text == "*"
        entries = text.lowercased().split { $0 == "," || $0 == " " || $0 == "\t" }
    }

    /// - Parameter host: in lower case; an IPv6 address in brackets or not.
    func contains(_ host: String) -> Bool {
        if isAll { return true }
        var name = host[...]
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard let address = NumericAddress(name) else {
            if name.hasSuffix(".") { name = name.dropLast() }
            return entries.contains { Self.stands($0, for: name) }
        }
        return entries.contains { Self.stands($0, for: address) }
    }

    private static func stands(_ entry: Substring, for name: Substring) -> Bool {
        var entry = entry
        if entry.hasSuffix(".") { entry = entry.dropLast() }
        if entry.hasPrefix(".") { entry = entry.dropFirst() }
        return !entry.isEmpty && (name == entry || name.hasSuffix(".\(entry)"))
    }

    private static func stands(_ entry: Substring, for address: NumericAddress) -> Bool {
        let parts = entry.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = NumericAddress(parts[0]) else { return false }
        let length = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        // curl takes no length, and a length of 0, for all of the address.
        return address.isSame(as: network, bits: length == 0 ? network.bitCount : length)
    }
}
