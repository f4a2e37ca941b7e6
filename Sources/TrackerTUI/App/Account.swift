import Shared

/// Who is signed in, and where.
struct Account: Sendable, Hashable {
    var id: AccountID
    var server: BackendURL

    var email: String { id.spelling }

    /// As the queue has it.
    var owner: SpoolOwner { SpoolOwner(account: id, server: server.text) }
}
