import Foundation

/// An address of the Internet Protocol, of whichever version, by its bytes. Pure.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16.
    let bytes: [UInt8]

    /// Of an address of version 4 within one of version 6 (RFC 4291, section 2.5.5.2), which sockets for both versions have, it
    /// is that of version 4. Nil for what is no address alone.
    init?(_ text: some StringProtocol) {
        guard text.utf8.count <= 45, !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, String(text), &bytes) == 1 {
            self.bytes = Array(bytes[..<4])
        } else if inet_pton(AF_INET6, String(text), &bytes) == 1 {
            let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            self.bytes = isMapped ? Array(bytes[12...]) : bytes
        } else {
            return nil
        }
    }

    /// The shortest form (RFC 5952).
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// All addresses that begin with the same bits (CIDR, RFC 4632). Pure.
struct IPNetwork: Sendable, Hashable {
    private let start: IPAddress
    private let bits: Int

    /// An address, or an address and how many of its bits count, as in `10.0.0.0/8`. Nil for the network that all are in.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let start = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let all = start.bytes.count * 8
        guard let written = parts.dropFirst().first else {
            (self.start, bits) = (start, all)
            return
        }
        let isNumber = written.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, written.utf8.count <= 3, let bits = Int(written), (1...all).contains(bits) else { return nil }
        (self.start, self.bits) = (start, bits)
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == start.bytes.count else { return false }
        let (whole, rest) = bits.quotientAndRemainder(dividingBy: 8)
        guard address.bytes[..<whole] == start.bytes[..<whole] else { return false }
        return rest == 0 || (address.bytes[whole] ^ start.bytes[whole]) >> (8 - rest) == 0
    }
}
