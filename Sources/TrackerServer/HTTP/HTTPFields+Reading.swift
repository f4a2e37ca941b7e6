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
}
