import Foundation
import Testing

/// Waits until something can be read from a descriptor, or its other side has closed.
func isReadable(_ descriptor: Int32, until end: ContinuousClock.Instant) -> Bool {
    let milliseconds = max(0, Int32(clamping: Int64((end - .now) / .milliseconds(1))))
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, milliseconds) == 1
}

/// A connection to a server on this machine that says whatever bytes it is given. Every call blocks.
final class RawSocket {
    struct Failed: Error {
        let call: String
        let code: Int32
    }

    private let descriptor: Int32

    /// - Parameters:
    ///   - receiveBuffer: how much the system shall keep that nobody reads; nil for what is usual.
    ///   - segment: the longest segment that the server may send. It reckons by it how much of what nobody reads it keeps: for
    ///     segments as long as they are on one machine it is megabytes.
    init(port: Int, receiveBuffer: Int32? = nil, segment: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Failed(call: "socket", code: errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        if var segment {
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_MAXSEG, &segment, socklen_t(MemoryLayout<Int32>.size))
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let code = errno
            close(descriptor)
            throw Failed(call: "connect", code: code)
        }
    }

    deinit { close(descriptor) }

    /// - Returns: false when the server has closed, or takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Says that nothing more will be sent; what the server sends can still be read.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Waits until something has arrived, and leaves it there.
    func hasSomething(until end: ContinuousClock.Instant) -> Bool { isReadable(descriptor, until: end) }

    /// What has arrived; empty when the server has closed, nil when nothing came.
    func receive(until end: ContinuousClock.Instant) -> [UInt8]? {
        guard isReadable(descriptor, until: end) else { return nil }
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        return Array(chunk[..<max(0, count)])
    }

    /// True when the server has closed within that time, whatever it says before.
    func isClosed(within limit: Duration) -> Bool {
        let end = ContinuousClock.now + limit
        while let bytes = receive(until: end) {
            if bytes.isEmpty { return true }
        }
        return false
    }

    /// Makes closing it a reset.
    func resetWhenClosed() {
        var now = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
}
