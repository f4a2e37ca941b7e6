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
