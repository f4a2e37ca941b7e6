import Files

/// Why an image can't be shown, or is not taken.
enum ImageFault: Error, Equatable {
    case empty
    case unreadable(FileError)
    case notAnImage
    /// In the words of libpng, or of ``PNGStructure``.
    case png(String)
    /// Of the structure alone: the picture in it is not decoded.
    case jpeg(String)
}
