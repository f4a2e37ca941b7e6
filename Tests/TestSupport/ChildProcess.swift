import Dispatch
import FoundationEssentials
public import Glibc
import Synchronization

/// A program started by a test; killed with the value.
///
/// Foundation's Process hands its own thread's blocked signals on to the child, which SIGTERM then cannot end, and the pipes
/// of others that are started at the same time, which then never end.
public final class ChildProcess: Sendable {
    public struct DidNotStart: Error {
        let code: Int32
    }

    public let id: pid_t
    /// Read ends of the child's standard output and standard error.
    public let output: Int32
    public let errors: Int32
    /// The write end of the child's standard input; nil when it has none, or it is closed.
    private let input: Mutex<Int32?>
    /// As waitpid(2) gave it; nil while the program runs.
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - environment: all that the program gets besides PATH.
    ///   - hasInput: whether ``write(_:)`` is its standard input; it is empty otherwise.
    public init(_ arguments: [String], environment: [String: String] = [:], hasInput: Bool = false) throws {
        let (outputPipe, errorPipe) = (try Self.makePipe(), try Self.makePipe())
        let inputPipe = hasInput ? try Self.makePipe() : nil
        defer { for end in [outputPipe[1], errorPipe[1], inputPipe?[0]] { if let end { close(end) } } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let inputPipe {
            posix_spawn_file_actions_adddup2(&actions, inputPipe[0], 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, outputPipe[1], 1)
        posix_spawn_file_actions_adddup2(&actions, errorPipe[1], 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        let variables = environment.merging(["PATH": path]) { own, _ in own }.map { "\($0)=\($1)" }
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var id: pid_t = 0
        let code = Self.spawning.withLock { _ in
            posix_spawnp(&id, arguments[0], &actions, &attributes, &argv, &envp)
        }
        (self.id, output, errors) = (id, outputPipe[0], errorPipe[0])
        input = Mutex(inputPipe?[1])
        guard code == 0 else {
            status.withLock { $0 = 127 << 8 }
            throw DidNotStart(code: code)
        }
    }

    /// A child that was started between `pipe` and `fcntl` would hold another's pipe open, which then never ended.
    private static let spawning = Mutex(())

    private static func makePipe() throws -> [Int32] {
        try spawning.withLock { _ in
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw DidNotStart(code: errno) }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return ends
        }
    }

    deinit {
        if reap(WNOHANG) == nil {
            kill(id, SIGKILL)
            _ = reap(0)
        }
        close(output)
        close(errors)
        closeInput()
    }

    /// Writes to the child's standard input. Blocks while its pipe is full.
    /// - Returns: false when there is none, or the child reads no more.
    public func write(_ bytes: [UInt8]) -> Bool {
        _ = Self.ignoringBrokenPipes
        return input.withLock { input in
            guard let input else { return false }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    /// A child that has ended shall end no test.
    private static let ignoringBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()

    /// Nothing more comes on the child's standard input.
    public func closeInput() {
        input.withLock { input in
            if let end = input { close(end) }
            input = nil
        }
    }

    public func send(_ signal: Int32) {
        kill(id, signal)
    }

    public var isRunning: Bool { reap(WNOHANG) == nil }

    /// The exit status, or the negative number of the signal that ended the program.
    public func end() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "child").async { continuation.resume(returning: self.reap(0) ?? 0) }
        }
    }

    private func reap(_ options: Int32) -> Int32? {
        status.withLock { status in
            if status == nil {
                var raw: Int32 = 0
                if waitpid(id, &raw, options) == id { status = raw }
            }
            return status.map { $0 & 0x7f == 0 ? $0 >> 8 & 0xff : -($0 & 0x7f) }
        }
    }
}

/// What arrives at a descriptor until `end` is true of it or the other side closes. Blocks a thread of its own: those of
/// Dispatch's global queues are also those of Swift's tasks.
public func bytes(from descriptor: Int32, until end: @escaping @Sendable ([UInt8]) -> Bool = { _ in false }) async
    -> [UInt8]
{
    await withCheckedContinuation { continuation in
        DispatchQueue(label: "bytes").async {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 65536)
            while !end(bytes) {
                let count = read(descriptor, &chunk, chunk.count)
                if count <= 0 { break }
                bytes += chunk[..<count]
            }
            continuation.resume(returning: bytes)
        }
    }
}
