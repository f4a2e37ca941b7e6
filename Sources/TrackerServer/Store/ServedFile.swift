import Crypto
import Files
import NIOPosix

/// A plain file that is open for reading. Every call that touches the disk runs on a pool of threads.
struct ServedFile: Sendable {
    let file: OpenFile
    /// Bytes.
    let size: Int
    let modifiedNanoseconds: Int64
    private let pool: NIOThreadPool

    /// Bytes that are read at once.
    static let chunk = 256 * 1024

    /// Nil when there is no such file, or something else than a plain file.
    init?(_ path: String, pool: NIOThreadPool) async throws {
        let opened = try await pool.runIfActive { try ServedFile(opening: path, pool: pool) }
        guard let opened else { return nil }
        self = opened
    }

    /// As the one above. Blocks.
    init?(opening path: String, pool: NIOThreadPool) throws(FileError) {
        do throws(FileError) {
            // Without O_NONBLOCK opening a pipe would wait for its writer.
            file = try OpenFile(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            guard try file.isPlain() else { return nil }
            (size, modifiedNanoseconds) = (try file.size(), try file.modificationTime())
        } catch {
            guard error.isMissing || error.code == ELOOP else { throw error }
            return nil
        }
        self.pool = pool
    }

    /// A strong validator (RFC 9110, section 8.8.1): what is served is never rewritten in place, and a file put there by
    /// hand has another time.
    var eTag: String { eTag(size: size) }

    /// Where the bytes that are served are more or fewer than those of the file.
    func eTag(size: Int) -> String {
        "\"\(String(size, radix: 16))-\(String(modifiedNanoseconds, radix: 16))\""
    }

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
