import Foundation
import HTTPTypes

extension LiveFrame {
    /// What is said of the image where it goes over HTTP: when the screen looked so, and on which machine. What cannot stand in
    /// a header is left out of the time; the host's name is escaped with `%` instead, as in a URL.
    var headers: HTTPFields {
        var headers = HTTPFields()
        if HTTPField.isValidValue(ts) { headers[.xFrameTimestamp] = ts }
        headers[.xFrameHost] = host?.addingPercentEncoding(withAllowedCharacters: Self.plainInHeaders)
        return headers
    }

    private static let plainInHeaders = CharacterSet(charactersIn: "!"..."~").subtracting(["%"])
}
