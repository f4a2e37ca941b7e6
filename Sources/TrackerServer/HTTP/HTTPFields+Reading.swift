import HTTPTypes

extension HTTPFields {
    /// The value of the first header of that name; unlike the subscript it does not look for more, to join them.
    func first(_ name: HTTPField.Name) -> String? {
        for field in self where field.name == name { return field.value }
        return nil
    }

    /// The type of the content in lower case, without parameters.
    var mediaType: String? {
        guard let type = first(.contentType) else { return nil }
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let bytes = type.utf8.prefix { $0 != UInt8(ascii: ";") }.drop(while: isSpace)
        let end = bytes.lastIndex { !isSpace($0) }.map { bytes.index(after: $0) } ?? bytes.startIndex
        return String(Substring(bytes[..<end])).lowercased()
    }

    /// The values of the cookies of that name, in the order in which they came.
    func cookies(named name: String) -> [Substring] {
        self[values: .cookie].flatMap { header in
            header.split(separator: ";").compactMap { pair in
                let parts = pair.split(separator: "=", maxSplits: 1)
                return parts.count == 2 && parts[0].drop { $0 == " " } == name ? parts[1] : nil
            }
        }
    }
}
