import HTTPTypes
import Hummingbird

/// What browsers may do with pictures that they have.
enum PictureCaching {
    /// A picture of a grid may be shown again for so long without asking: whoever scrolls back has just seen it. What can be read
    /// on a screen, and whole images, are asked for each time, since rights may end and images may go.
    private static let seconds = 300
    private static let widestOfGrids = 320

    /// - Parameter width: nil when the image is sent as it is.
    static func applied(to response: Response, width: Int?) -> Response {
        var response = response
        // Another login, or none, does not get from the browser's store what the one before was shown (RFC 9111, section 4.1).
        // What a tab has in memory goes with the tab.
        response.headers[.vary] = "Authorization, Cookie"
        if let width, width <= widestOfGrids { response.headers[.cacheControl] = "private, max-age=\(seconds)" }
        return response
    }
}
