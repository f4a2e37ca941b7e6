import Foundation
import Shared

/// A place in the list of images: newest first, then by name.
struct PageCursor: Sendable, Hashable, Comparable {
    let ts: Timestamp
    let file: String

    init(_ record: UploadRecord) {
        ts = record.ts
        file = record.file
    }

    /// The text that ``text`` makes: base64 for URLs (RFC 4648, section 5) of milliseconds, a space and the file.
    init?(_ text: String) {
        let base64 = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.count % 4) % 4)
        guard let data = Data(base64Encoded: base64 + padding),
            let decoded = String(data: data, encoding: .utf8),
            let space = decoded.firstIndex(of: " "), let milliseconds = Int64(decoded[..<space]),
            (Timestamp.earliest...Timestamp.latest).contains(Timestamp(milliseconds: milliseconds))
        else { return nil }
        ts = Timestamp(milliseconds: milliseconds)
        file = String(decoded[decoded.index(after: space)...])
    }

    var text: String {
        Data("\(ts.milliseconds) \(file)".utf8).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    static func < (left: PageCursor, right: PageCursor) -> Bool {
        left.ts == right.ts ? left.file < right.file : left.ts > right.ts
    }
}
