import Glibc

/// A port of 127.0.0.1 that nobody is given who asks for any while this value lives, but a server that asks for it gets: it is
/// bound, but nobody listens, so whoever else sets SO_REUSEADDR may bind it too (socket(7)).
public final class ReservedPort: Sendable {
    public struct NoneIsFree: Error {
        let code: Int32
    }

    public let number: Int
    private let descriptor: Int32

    public init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var isShared: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let outcome = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
            }
        }
        number = Int(UInt16(bigEndian: address.sin_port))
        // `deinit` closes the descriptor of an initializer that throws, too.
        guard outcome == 0 else { throw NoneIsFree(code: errno) }
    }

    deinit { close(descriptor) }
}
