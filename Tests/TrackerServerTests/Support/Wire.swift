import Files
import Foundation
import NIOCore

@testable import TrackerServer

/// A TCP connection that sends exactly the bytes it is told to, also those that no HTTP client would send.
///
/// Its calls block for thirty seconds at most, on a thread of its own.
actor Wire {
    private let queue = BlockingExecutor(label: "wire")
    private let descriptor: Int32
    private var received: [UInt8] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    struct Broken: Error {
        let call: String
        let code: Int32
    }

    /// The connection ended in the middle of an answer.
    struct Ended: Error {
        let received: String
    }

    /// - Parameters:
    ///   - address: of this machine.
    ///   - receiveBuffer: how much the system shall keep that nobody reads; nil for what is usual.
    init(port: Int, address: String = "127.0.0.1", receiveBuffer: Int32? = nil) throws {
        let peer = try SocketAddress(ipAddress: address, port: port)
        descriptor = socket(Int32(peer.protocol.rawValue), Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Broken(call: "socket", code: errno) }
        if var receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        let result = peer.withSockAddr { address, length in
            connect(descriptor, address, socklen_t(length))
        }
        // `deinit` closes the descriptor of an initializer that throws, too.
        guard result == 0 else { throw Broken(call: "connect", code: errno) }
    }

    deinit { Foundation.close(descriptor) }

    /// Neither side says anything more; also before this value goes.
    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Broken(call: "send", code: errno) }
            sent += count
        }
    }

    /// Sends until the other side takes no more, for bodies that are refused half way.
    func sendAsMuchAsIsTaken(_ bytes: [UInt8]) {
        do {
            try send(bytes)
        } catch {
            // What was refused is what such a test is about; the answer tells.
        }
    }

    /// The next answer. `hasBody` is false for the answer to HEAD.
    func reply(hasBody: Bool = true) throws -> Reply {
        let headEnd = Array("\r\n\r\n".utf8)
        var end = received.firstRange(of: headEnd)
        while end == nil {
            guard try receive() else { throw Ended(received: String(decoding: received, as: UTF8.self)) }
            end = received.firstRange(of: headEnd)
        }
        let headLength = end?.lowerBound ?? 0
        var reply = Reply(head: String(decoding: received[..<headLength], as: UTF8.self))
        received.removeFirst(headLength + headEnd.count)
        let isBodiless = reply.status < 200 || reply.status == 204 || reply.status == 304
        let length = hasBody && !isBodiless ? Int(reply["content-length"] ?? "") ?? 0 : 0
        while received.count < length {
            guard try receive() else { throw Ended(received: String(decoding: received, as: UTF8.self)) }
        }
        reply.body = Array(received.prefix(length))
        received.removeFirst(length)
        return reply
    }

    /// What comes, to the end of the first `mark` in it: of answers that go on and on.
    func text(through mark: String) throws -> String {
        var end = received.firstRange(of: Array(mark.utf8))
        while end == nil {
            guard try receive() else { throw Ended(received: String(decoding: received, as: UTF8.self)) }
            end = received.firstRange(of: Array(mark.utf8))
        }
        defer { received.removeFirst(end?.upperBound ?? 0) }
        return String(decoding: received[..<(end?.upperBound ?? 0)], as: UTF8.self)
    }

    /// All that comes until the connection ends.
    func rest() throws -> [UInt8] {
        while try receive() {}
        defer { received = [] }
        return received
    }

    /// Says that nothing more will be sent; what the server sends can still be read.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Reads up to so many bytes that are not looked at.
    /// - Returns: how many it were; 0 at the end of the connection.
    func skip(upTo limit: Int) throws -> Int {
        guard try !received.isEmpty || receive(limit) else { return 0 }
        defer { received = [] }
        return received.count
    }

    /// True when the server has given the connection up, without reading anything of it: what is said to it is then refused.
    func isGivenUp() -> Bool {
        var wanted = pollfd(fd: descriptor, events: 0, revents: 0)
        for _ in 0..<150 {
            _ = Foundation.send(descriptor, "x", 1, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if poll(&wanted, 1, 200) == 1 { return true }
        }
        return false
    }

    /// True when the server ends the connection and sends nothing before.
    func isEnded() throws -> Bool {
        try received.isEmpty && !receive()
    }

    /// False at the end of the connection.
    private func receive(_ limit: Int = 64 * 1024) throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        if count < 0, errno == ECONNRESET { return false }
        guard count >= 0 else { throw Broken(call: "recv", code: errno) }
        received += chunk.prefix(count)
        return count > 0
    }
}

/// An answer as it came over the wire.
struct Reply: Sendable {
    /// Such as `HTTP/1.1`.
    let version: String
    let status: Int
    let headers: [(name: String, value: String)]
    var body: [UInt8] = []

    init(head: String) {
        let lines = head.components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        version = String(words.first ?? "")
        status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (
                line[..<colon].lowercased(),
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            )
        }
    }

    /// The first header of that name, in lower case.
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The body, without the line break at the end of JSON.
    var text: String {
        String(decoding: body.last == UInt8(ascii: "\n") ? body.dropLast() : body[...], as: UTF8.self)
    }
}
