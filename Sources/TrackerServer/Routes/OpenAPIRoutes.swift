import Hummingbird
import JSON
import Settings
import Shared

/// What the interface says of itself.
enum OpenAPIRoutes {
    /// The route to the document of these routes, and of itself.
    static func routes(beside others: [Route]) -> [Route] {
        let operation = Operation("This document.", .json(.object([:])))
        let own = Route.get(APIPath.openAPI, .everyone, operation) { _ in throw APIError(.notFound, "") }
        let document = OpenAPIDocument(routes: others + [own], version: ProgramVersion.text).json
        return [.get(APIPath.openAPI, .everyone, operation) { _ in .json(document) }]
    }
}
