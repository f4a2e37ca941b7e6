import Foundation
import Shared

// Lists come in pages, newest first; a Link header (RFC 8288) names the next.
extension Call {
    static let pageSizes = 1...1000
    static let defaultPageSize = 200

    func pageSize() throws -> Int { try query.integer("limit", in: Self.pageSizes) ?? Self.defaultPageSize }

    /// Where the page before has ended; nil for the first.
    func cursor(in list: PageCursor.List) throws -> PageCursor? {
        guard let text = query["before"] else { return nil }
        guard let cursor = PageCursor(text, of: list) else {
            throw APIError(.invalidField, "\"before\" must be the cursor of a Link header of this list.")
        }
        return cursor
    }

    /// The Link header of a page of the list at `path` that ends at `cursor`.
    func link(to path: String, after cursor: PageCursor) -> String {
        let kept = query.names.filter { $0 != "before" }.compactMap { name in
            query[name].map { "\(name)=\($0.queryEncoded)" }
        }
        let parameters = (kept + ["before=\(cursor.text)"]).joined(separator: "&")
        return "<\(path)?\(parameters)>; rel=\"next\""
    }
}

extension String {
    /// For the value of a query parameter: everything but letters, digits and `-._~` is escaped.
    var queryEncoded: String {
        addingPercentEncoding(
            withAllowedCharacters: CharacterSet(
                charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")) ?? ""
    }
}
