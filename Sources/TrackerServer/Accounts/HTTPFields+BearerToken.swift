import HTTPTypes
import Shared

extension HTTPFields {
    /// RFC 6750, section 2.1; the scheme is written in any case. Nil when there is no such header.
    /// - Throws: ``APIError`` `invalid_token` for a header that is something else, or stands twice.
    func bearerToken() throws(APIError) -> String? {
        var header: String?
        for field in self where field.name == .authorization {
            guard header == nil else { throw APIError.invalidToken }
            header = field.value
        }
        guard let header else { return nil }
        let scheme = header.utf8.prefix { $0 != UInt8(ascii: " ") }
        let token = header.utf8[scheme.endIndex...].drop { $0 == UInt8(ascii: " ") }
        guard String(Substring(scheme)).lowercased() == "bearer", !token.isEmpty else { throw APIError.invalidToken }
        return String(Substring(token))
    }
}
