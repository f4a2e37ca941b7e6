import Crypto

/// The key of one person's images.
struct ImageKey: Sendable, Equatable {
    static let idLength = 16
    static let length = 32

    /// Tells which key an image needs; no secret.
    let id: [UInt8]
    /// The account's folded id.
    let person: String
    let secret: SymmetricKey

    init(id: [UInt8], person: String, secret: SymmetricKey) {
        self.id = id
        self.person = person
        self.secret = secret
    }

    /// A new one.
    init(of person: String) {
        self.init(id: .random(count: Self.idLength), person: person, secret: SymmetricKey(size: .bits256))
    }
}
