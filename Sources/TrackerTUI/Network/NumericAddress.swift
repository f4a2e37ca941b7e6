import Glibc

/// An IPv4 or IPv6 address as numbers write it, never a name.
struct NumericAddress: Sendable, Hashable {
    /// 4 or 16, in the order of the network.
    private let bytes: [UInt8]

    /// Nil for everything that inet_pton(3) does not take; without brackets.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    /// - Parameter bytes: in the order of the network; nil unless there are 4 or 16.
    init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// As inet_ntop(3) writes it.
    var text: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// 127.0.0.0/8 (RFC 1122, section 3.2.1.3) or ::1 (RFC 4291, section 2.5.3).
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
    }

    /// True when both are of one kind and their first `bits` are the same.
    ///
    /// - Parameter bits: from 0 to all that an address of this kind has; more are never the same.
    func isSame(as other: NumericAddress, bits: Int) -> Bool {
        guard bytes.count == other.bytes.count, (0...bytes.count * 8).contains(bits) else { return false }
        return zip(bytes, other.bytes).enumerated().allSatisfy { index, pair in
            let counted = min(max(bits - index * 8, 0), 8)
            return (pair.0 ^ pair.1) >> UInt8(8 - counted) == 0
        }
    }

    var bitCount: Int { bytes.count * 8 }
}
