import Shared

/// Which passwords are too easy to guess for an account: those that many people have, and those that can be read off the account
/// (NIST SP 800-63B, on blocklists). Asked where one is set, never where one is checked. Pure.
struct PasswordChoice: Sendable {
    /// How many different characters a password has at least, and how many letters and digits beside words that say whose it is.
    static let fewestCharacters = 5
    static let fewestOthers = 6
    /// Shorter words say nothing of whose it is.
    static let shortestWord = 4

    /// The email and its parts, the organization's name and its parts: letters and digits only, the longest first.
    private let words: [[Unicode.Scalar]]

    /// - Parameter organization: its name.
    init(account: AccountID, organization: String) {
        let name = organization.caseFolded
        var texts = [account.folded, name]
        texts += account.folded.split(separator: "@").map(String.init)
        for text in [account.folded, name] {
            texts += text.unicodeScalars.split { !Self.isLetterOrDigit($0) }.map(String.init)
        }
        let words = Set(texts.map(Self.lettersAndDigits)).filter { $0.count >= Self.shortestWord }
        self.words = words.sorted { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count > $1.count }
    }

    /// What a password should be and is not, as a part of a sentence; nil when it is allowed.
    func missing(in password: String) -> String? {
        if let expected = PasswordRule.missing(in: password) { return expected }
        let folded = PasswordRule.prepared(password).caseFolded
        let characters = Array(folded.unicodeScalars)
        guard Self.hasVariety(characters) else {
            return "a text of at least \(Self.fewestCharacters) different characters"
        }
        guard !Self.isSequence(characters) else { return "a text that is no sequence such as 1234567890 or abcdefghij" }
        guard !CommonPasswords.all.contains(folded) else {
            return "another text: this one is among the passwords that are guessed first"
        }
        guard !isReadOff(Self.lettersAndDigits(folded)) else {
            return "another text: this one is little more than the email, its parts or the organization's name"
        }
        return nil
    }

    private static func hasVariety(_ characters: [Unicode.Scalar]) -> Bool {
        Set(characters).count >= fewestCharacters
    }

    /// True when each character follows the one before it, or each precedes it; 0 follows 9.
    private static func isSequence(_ characters: [Unicode.Scalar]) -> Bool {
        func follows(_ pair: (Unicode.Scalar, Unicode.Scalar)) -> Bool {
            pair.1.value == pair.0.value &+ 1 || pair == ("9", "0")
        }
        let pairs = zip(characters, characters.dropFirst())
        return pairs.allSatisfy(follows) || pairs.allSatisfy { follows(($0.1, $0.0)) }
    }

    /// True when little is left without the words that say whose it is.
    private func isReadOff(_ characters: [Unicode.Scalar]) -> Bool {
        var rest = characters
        for word in words {
            while let range = rest.firstRange(of: word) { rest.removeSubrange(range) }
        }
        guard rest.count < characters.count else { return false }
        return rest.count < Self.fewestOthers || !Self.hasVariety(rest) || Self.isSequence(rest)
    }

    private static func lettersAndDigits(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter(isLetterOrDigit)
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
