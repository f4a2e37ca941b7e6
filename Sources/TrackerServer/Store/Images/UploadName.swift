import Shared

/// The names of stored images: `2026-03-02T08-05-01-044Z-screenshot.png`.
enum UploadName {
    /// The longest form of the client's part of the name, extension included.
    static let clientPartLength = 64

    /// - Parameters:
    ///   - time: the server's time at which the image arrived.
    ///   - clientPart: see ``clientPart(of:format:)``, or the idempotency key and the extension.
    static func make(at time: Timestamp, clientPart: String) -> String {
        fileTime(time) + "-" + clientPart
    }

    /// A time as it stands in names of files: `2026-03-02T08-05-01-044Z`.
    static func fileTime(_ time: Timestamp) -> String {
        let isSign = { (byte: UInt8) in byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".") }
        return String(decoding: time.iso8601.utf8.map { isSign($0) ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    /// A safe form of the client's file name, with the extension of what the bytes are.
    static func clientPart(of fileName: String?, format: ImageFormat) -> String {
        var base = Array((fileName ?? "").unicodeScalars.map { isSafe($0) ? Character($0) : "-" })
        if let dot = base.lastIndex(of: "."), base.count - dot <= 5 { base.removeSubrange(dot...) }
        // A name that looks like an idempotency key would later be taken for one.
        if idempotencyKey(String(base)) != nil { base.insert(contentsOf: "file-", at: 0) }
        let room = clientPartLength - format.fileExtension.count - 1
        let kept = base.suffix(room)
        return (kept.isEmpty ? "screenshot" : String(kept)) + "." + format.fileExtension
    }

    /// The time in a name that ``make(at:clientPart:)`` may have given; nil for any other name.
    static func time(in name: String) -> Timestamp? {
        let start = Array(name.prefix(timeLength))
        guard isImage(name), start.count == timeLength, name.unicodeScalars.allSatisfy(isSafe),
            let date = name.split(separator: "T").first,
            let time = Timestamp(
                iso8601: "\(date)T\(String(start[11..<19]).replacing("-", with: ":")).\(String(start[20..<24]))"),
            name.hasPrefix(fileTime(time) + "-"), !name.dropFirst(timeLength).hasPrefix(".")
        else { return nil }
        return time
    }

    /// True when an image may have that name in its folder, whoever gave it.
    static func isImage(_ name: String) -> Bool {
        let lowerCase = name.lowercased()
        return !name.hasPrefix(".") && !name.contains("/") && !name.utf8.contains(0)
            && [".png", ".jpg", ".jpeg"].contains { lowerCase.hasSuffix($0) }
    }

    static func clientPart(key: String, format: ImageFormat) -> String {
        key + "." + format.fileExtension
    }

    /// Characters of the time and the hyphen behind it.
    static let timeLength = "2026-03-02T08-05-01-044Z-".count

    /// The idempotency key that an image was stored under, read off its name: the index alone remembers it.
    static func idempotencyKey(in name: String) -> String? {
        let rest = name.dropFirst(timeLength)
        guard name.count > timeLength + 36, rest.dropFirst(36).first == "." else { return nil }
        return idempotencyKey(String(rest.prefix(36)))
    }

    /// A UUID in its canonical lower-case form; nil for any other text.
    static func idempotencyKey(_ text: String) -> String? {
        guard text.utf8.count == 36 else { return nil }
        for (offset, byte) in text.utf8.enumerated() {
            switch (offset, byte) {
            case (8, UInt8(ascii: "-")), (13, UInt8(ascii: "-")), (18, UInt8(ascii: "-")), (23, UInt8(ascii: "-")):
                continue
            case (8, _), (13, _), (18, _), (23, _): return nil
            case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")),
                (_, UInt8(ascii: "A")...UInt8(ascii: "F")):
                continue
            default: return nil
            }
        }
        return text.lowercased()
    }

    private static func isSafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
        default: false
        }
    }
}
