import Files
import FoundationEssentials
import Glibc
import JSON
import Shared

/// The running sum of idle seconds that the server has not got, on disk, so that the next run of a killed client can deliver
/// it. One sum: that of the account which was signed in last.
///
/// Its file operations block a thread of their own, never the cooperative pool.
actor IdleNote {
    private let executor = BlockingExecutor(label: "IdleNote")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let path: String
    private static let longest = 4096

    /// - Parameter path: of a file in a folder that exists.
    init(path: String) {
        self.path = path
    }

    func keep(seconds: Int, account: AccountID, server: String) throws(FileError) {
        let json = JSONValue.object([
            "account": .string(account.spelling), "server": .string(server), "idleSeconds": .number(seconds),
        ])
        try WholeFile.write(JSONWriter.bytes(of: json, .compact).span, to: path, mode: 0o600)
    }

    /// Zero when nothing was kept for this account on this server, or when the file is not what `keep` writes.
    func seconds(account: AccountID, server: String) throws(FileError) -> Int {
        guard let bytes = try content() else { return 0 }
        do {
            let fields = try JSONFields(try JSONReader.value(of: bytes))
            guard AccountID(stored: try fields.text("account")) == account, try fields.text("server") == server else {
                return 0
            }
            return max(try fields.integer("idleSeconds"), 0)
        } catch {
            // A few seconds of idle time are not worth refusing to work.
            return 0
        }
    }

    private func content() throws(FileError) -> [UInt8]? {
        do throws(FileError) {
            return try OpenFile(path, O_RDONLY).read(count: Self.longest, from: 0)
        } catch {
            guard error.code == ENOENT else { throw error }
            return nil
        }
    }
}
