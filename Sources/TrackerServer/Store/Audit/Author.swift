import JSON
import Settings
import Shared

/// On whose behalf a transaction runs, for the audit.
struct Author: Sendable, Hashable {
    /// The account, as it is spelled; nil where nobody has proved who it is, and for the server itself.
    let account: String?
    /// The IP address; nil without a connection.
    let address: String?

    /// The server, or whoever runs one of its commands on its machine.
    static let server = Author(account: nil, address: nil)

    /// Somebody who has not proved who it is.
    static func stranger(at address: String) -> Author { Author(account: nil, address: address) }
}

extension JSONFileStore {
    /// Tells the audit that a server begins.
    func noteStart() async throws {
        try await transact(by: .server) {
            $0.note(.serverStarted, about: nil, JSONObject([("version", .string(ProgramVersion.text))]))
        }
    }
}
