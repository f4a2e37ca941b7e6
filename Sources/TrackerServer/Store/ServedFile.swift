import Crypto
import Files
import NIOPosix

/// A plain file that is open for reading. Every call that touches the disk runs on a pool of threads.
struct ServedFile: Sendable {
    private let file: OpenFile
    /// Bytes.
    let size: Int
    private let modifiedNanoseconds: Int64
    private let pool: NIOThreadPool

    /// Bytes that are read at once.
    static let chunk = 256 * 1024

    /// Nil when there is no such file, or something else than a plain file.
    init?(_ path: String, pool: NIOThreadPool) async throws {
        do {
            let opened = try await pool.runIfActive { () throws -> (OpenFile, size: Int, modified: Int64)? in
                // Without O_NONBLOCK opening a pipe would wait for its writer.
                let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
                guard try file.isPlain() else { return nil }
                return (file, try file.size(), try file.modificationTime())
            }
            guard let opened else { return nil }
            (file, size, modifiedNanoseconds) = opened
            self.pool = pool
        } catch let error as FileError where error.isMissing || error.code == ELOOP {
            return nil
        }
    }

    /// A strong validator (RFC 9110, section 8.8.1): what is served is never rewritten in place, and a file put there by
    /// hand has another time.
    var eTag: String { "\"\(String(size, radix: 16))-\(String(modifiedNanoseconds, radix: 16))\"" }

    func read(upTo count: Int, at offset: Int) async throws -> [UInt8] {
        try await pool.runIfActive { [file] in try file.read(count: count, from: offset) }
    }

    func sha256() async throws -> [UInt8] {
        var hasher = SHA256()
        var offset = 0
        while case let bytes = try await read(upTo: Self.chunk, at: offset), !bytes.isEmpty {
            hasher.update(data: bytes)
            offset += bytes.count
        }
        return Array(hasher.finalize())
    }
}
