import NIOCore

/// Who sends a password to be checked.
struct PasswordSender: Sendable {
    /// Its network: the address, or of an IPv6 address the first 64 bits, since every network has so many.
    let network: String
    /// The device that has signed in to the account before, by its cookie or a token of the account; nil for a stranger.
    let device: String?
    /// What ends when nobody waits for the answer any more.
    let connection: (any Channel)?
}
