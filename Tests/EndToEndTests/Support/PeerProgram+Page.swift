import JSON
import TestSupport

extension PeerProgram {
    /// Opens a page in Chromium.
    static func page(_ url: String) async throws -> PeerProgram {
        let page = try await PeerProgram(["node", Peers.programs + "/page.js"])
        try await page.open(url)
        return page
    }

    func open(_ url: String) throws {
        try tell("open", [("url", .string(url))])
        _ = try event("opened")
    }

    /// What a script in the page comes to; of a promise, what that does.
    @discardableResult
    func evaluate(_ script: String, within limit: Duration = patience) throws -> JSONValue {
        try tell("evaluate", [("script", .string(script))])
        return try event("value", within: limit)["value"] ?? .null
    }
}
