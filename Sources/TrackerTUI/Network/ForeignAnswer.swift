/// An answer that this system's server does not give: a page of the network's before one has signed in there, a proxy's
/// complaint, the place where the server was before.
struct ForeignAnswer: Sendable, Hashable {
    var status: Int
    /// The header `Location`.
    var location: String?
    /// A web page.
    var isPage = false

    /// For a person.
    ///
    /// - Parameters:
    ///   - server: which was asked.
    ///   - path: what it was asked for, below its address.
    func sentence(of server: BackendURL, path: String) -> String {
        switch status {
        case 301, 308:
            if let place = place(from: server, path: path) {
                return "\(server.text) has moved to \(place): use that address (BACKEND_URL, --backend-url)."
            }
        case 413: return "Too large (413) for what answers at \(server.text)."
        case 300..<400:
            if let place = place(from: server, path: path) {
                return "\(stranger(server)): it leads to \(place). \(Self.loginWanted)"
            }
        // RFC 6585, section 6.
        case 511: return "\(stranger(server)) (status 511). \(Self.loginWanted)"
        case 500...: return "Status \(status) from what answers at \(server.text)."
        default: break
        }
        guard isPage else { return "\(stranger(server)) (status \(status))." }
        return "\(stranger(server)): with a web page (status \(status)). \(Self.loginWanted)"
    }

    private static let loginWanted = "Perhaps this network wants a login first."

    private func stranger(_ server: BackendURL) -> String {
        "\(server.text) answers, but not like this system's server"
    }

    /// The address of the server's new place, where the path below it is as before; else the whole of it.
    private func place(from server: BackendURL, path: String) -> String? {
        guard var place = location?.onOneLine.prefix(while: { $0 != "?" && $0 != "#" }), !place.isEmpty else {
            return nil
        }
        if place.hasSuffix(path) { place = place.dropLast(path.count) }
        if place.hasPrefix("/") || place.isEmpty { place = "\(server.text.dropLast(server.path.count))\(place)" }
        return (BackendURL(String(place))?.text ?? String(place)).asSaid
    }
}
