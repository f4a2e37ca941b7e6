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

extension [UInt8] {
    /// From the system's generator, which is one for secrets.
    static func random(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        while bytes.count < count {
            let word: UInt64 = generator.next()
            Swift.withUnsafeBytes(of: word) { bytes += $0 }
        }
        return Array(bytes.prefix(count))
    }
}
