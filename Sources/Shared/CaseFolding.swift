extension String {
    /// In Normalization Form C (Unicode Standard Annex 15). The standard library compares texts by it and has this one name
    /// for it; Foundation has another, which the client can do without.
    ///
    /// A text of more than ``longestComposed`` bytes stays as it is: the standard library sorts marks in a row in a time that
    /// grows with the square of their number.
    public var composed: String {
        utf8.count <= Self.longestComposed ? String(decoding: _nfcCodeUnits, as: UTF8.self) : self
    }

    /// In bytes; no id and no password is as long.
    public static let longestComposed = 8192

    /// What texts are compared by that are the same but for case: their composed form with full case folding (The Unicode
    /// Standard, section 3.13, R4; the mappings C and F of CaseFolding.txt, not the Turkic T).
    ///
    /// Folding has no property in the standard library. The small letters of a character's capitals are what it is folded to,
    /// but for ẞ, which is its own capital, and ı, whose capital is not its own alone. Cherokee letters are folded to capitals
    /// by the standard and to small letters here, which makes the same texts equal. As of Unicode 17; a test compares every
    /// character with another implementation.
    public var caseFolded: String {
        var folded = String.UnicodeScalarView()
        for scalar in composed.unicodeScalars {
            switch scalar {
            case "ẞ": folded.append(contentsOf: "ss".unicodeScalars)
            case "ı": folded.append(scalar)
            default:
                for capital in scalar.properties.uppercaseMapping.unicodeScalars {
                    folded.append(contentsOf: capital.properties.lowercaseMapping.unicodeScalars)
                }
            }
        }
        return String(folded)
    }
}
