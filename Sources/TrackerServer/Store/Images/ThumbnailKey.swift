import Shared

/// Which small picture: of which image, in which version of its bytes, at which width.
struct ThumbnailKey: Sendable, Hashable {
    /// The image's name.
    let image: String
    /// The image's validator without its quotes.
    let version: String
    /// One of ``widths``.
    let width: Int

    /// The widths in pixels that there are.
    static let widths = [160, 320, 640, 1280]

    /// - Parameter eTag: the image's.
    init(image: String, eTag: String, width: Int) {
        self.image = image
        version = eTag.replacing("\"", with: "")
        self.width = width
    }

    /// Nil for what is no ``fileName``.
    init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), UploadName.isImage(String(fileName[..<dot])) else { return nil }
        let tag = fileName[fileName.index(after: dot)...]
        guard let hyphen = tag.lastIndex(of: "-"), hyphen > tag.startIndex,
            let width = Self.widths.first(where: { "\($0)" == tag[tag.index(after: hyphen)...] })
        else { return nil }
        image = String(fileName[..<dot])
        version = String(tag[..<hyphen])
        self.width = width
    }

    /// Ends as no image does.
    var fileName: String { "\(image).\(version)-\(width)" }

    /// A strong validator (RFC 9110, section 8.8.1): the same bytes are made of the same image each time.
    var eTag: String { "\"\(version)-\(width)\"" }
}
