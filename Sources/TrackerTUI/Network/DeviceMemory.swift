import Files
import Logging
import Shared

/// The cookies by which servers know again that this client has signed in to an account before. They open nothing; with them,
/// strangers who guess at the account's password can't keep its owner from signing in here.
struct DeviceMemory: Sendable {
    let state: ClientState
    let logger: Logger

    /// As it is sent; nil where none is known. A login needs none.
    func cookie(email: String, server: BackendURL) async -> String? {
        do throws(FileError) {
            return try await state.device(of: AccountID(stored: email), server: server)
        } catch {
            logger.warning("What this computer is known by can't be read: \(error)")
            return nil
        }
    }

    func keep(_ cookie: String, email: String, server: BackendURL) async {
        do throws(FileError) {
            try await state.keep(device: cookie, of: AccountID(stored: email), server: server)
        } catch {
            logger.warning("What this computer is known by can't be kept: \(error)")
        }
    }

    /// The cookie, if these are the values of `Set-Cookie` that set one, under whatever prefix of its name.
    static func cookie(in values: [String]) -> String? {
        values.lazy.map { String($0.prefix { $0 != ";" }) }.first { text in
            let name = text.prefix { $0 != "=" }
            return name.hasSuffix("tracker_device") && text.utf8.count <= longest
                && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
        }
    }

    /// Name and value, in bytes.
    static let longest = 256
}
