import Dispatch
import Glibc
import TestSupport

/// Stands between one client and an X server, and breaks the connection after some bytes of the server's answers: an
/// X server that goes away at an exact moment. Or lets something else happen at that moment, and goes on.
final class CutOffDisplay {
    struct CannotListen: Error {
        let code: Int32
    }

    let name: String
    private let path: String
    private let listener: Int32

    /// - Parameters:
    ///   - bytes: how many of the server's bytes reach the client.
    ///   - interruption: happens then, and after each further so many bytes, instead of the connection's end.
    init(
        before server: VirtualDisplay, after bytes: Int, interruption: (@Sendable () -> Void)? = nil
    ) throws {
        // Far above the numbers that Xvfb chooses.
        let number = server.number + 5000
        name = ":\(number)"
        path = "/tmp/.X11-unix/X\(number)"
        unlink(path)
        listener = Self.socket()
        guard Self.with(path, { bind(listener, $0, $1) }) == 0, listen(listener, 1) == 0 else {
            throw CannotListen(code: errno)
        }
        let (waiting, target) = (self.listener, "/tmp/.X11-unix/X\(server.number)")
        DispatchQueue(label: "relay").async {
            Self.relay(accept(waiting, nil, nil), target, after: bytes, interruption)
        }
    }

    deinit {
        // Wakes an accept that still waits.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        unlink(path)
    }

    private static func relay(
        _ client: Int32, _ target: String, after limit: Int, _ interruption: (@Sendable () -> Void)?
    ) {
        let server = socket()
        defer {
            for end in [client, server] {
                // Also where a program that another test has started just now holds it as well.
                shutdown(end, Int32(SHUT_RDWR))
                close(end)
            }
        }
        guard client >= 0, with(target, { connect(server, $0, $1) }) == 0 else { return }
        var left = limit
        var chunk = [UInt8](repeating: 0, count: 4096)
        while left > 0 {
            var ends = [
                pollfd(fd: client, events: Int16(POLLIN), revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&ends, 2, -1) > 0 else { return }
            if ends[0].revents != 0 {
                let count = read(client, &chunk, chunk.count)
                guard count > 0, write(server, chunk, count) == count else { return }
            }
            if ends[1].revents != 0 {
                let count = read(server, &chunk, min(chunk.count, left))
                guard count > 0, send(client, chunk, count, Int32(MSG_NOSIGNAL)) == count else { return }
                left -= count
                if left == 0, let interruption {
                    interruption()
                    left = limit
                }
            }
        }
    }

    private static func socket() -> Int32 {
        Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    private static func with(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
