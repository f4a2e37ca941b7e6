import HTTPTypes
import JSON
import Shared

/// The document of a route table.
struct OpenAPIDocument {
    let routes: [Route]
    let version: String

    var json: JSONValue {
        .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Time Tracker"), "version": .string(version),
                "description": .string(
                    "Work hours and screenshots of a team. Times are UTC; days are those of the server's time zone."),
            ]),
            "paths": paths,
            "components": .object([
                "securitySchemes": .object([
                    "token": .object([
                        "type": .string("http"), "scheme": .string("bearer"), "bearerFormat": .string("JWT"),
                    ]),
                    "key": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string(
                            "A key of POST \(APIPath.keys). With scope read it changes nothing, with scope manage it does "
                                + "what its account may."),
                    ]),
                    "cookie": Self.cookie(isSecure: false), "secureCookie": Self.cookie(isSecure: true),
                ]),
                "schemas": .object(JSONObject(Schema.components.map { (JSONString($0.name), $0.schema.value) })),
            ]),
        ])
    }

    /// The web admin's own, without and with TLS.
    private static func cookie(isSecure: Bool) -> JSONValue {
        .object([
            "type": .string("apiKey"), "in": .string("cookie"),
            "name": .string(SessionCookie.name(isSecure: isSecure)),
        ])
    }

    private var paths: JSONValue {
        var paths = JSONObject()
        // Pages are for people.
        for route in routes where !WebAdmin.paths.contains(route.path.text) {
            let key = JSONString(route.path.text)
            var item = paths[key]?.object ?? JSONObject()
            item[JSONString(route.method.rawValue.lowercased())] = operation(of: route)
            paths[key] = .object(item)
        }
        return .object(paths)
    }

    private func operation(of route: Route) -> JSONValue {
        var object = JSONObject([
            ("summary", .string(route.operation.summary)),
            ("operationId", .string(Self.name(of: route))),
            ("description", .string(route.access.words)),
        ])
        let parameters = route.path.parameters.map(parameter) + route.query.map(parameter) + headers(of: route)
        if !parameters.isEmpty { object["parameters"] = .array(parameters) }
        if let request = route.operation.request, let type = route.body.mediaType {
            object["requestBody"] = .object([
                "required": .bool(route.body != .optionalJSON),
                "content": .object([JSONString(type): .object(["schema": request.value])]),
            ])
        }
        object["responses"] = responses(of: route)
        switch route.access {
        case .everyone: object["security"] = .array([])
        default:
            let schemes: [JSONString] = ["token", "cookie", "secureCookie"] + (route.isForKeys ? ["key"] : [])
            object["security"] = .array(schemes.map { .object(JSONObject([($0, .array([]))])) })
        }
        return .object(object)
    }

    /// `get_work_corrections_id`, which programs that make clients make method names of.
    private static func name(of route: Route) -> String {
        let words = route.path.text.split { !$0.isLetter && !$0.isNumber }.filter { $0 != "api" }
        return ([route.method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }

    private func parameter(_ name: String) -> JSONValue {
        .object([
            "name": .string(name), "in": .string("path"), "required": .bool(true), "schema": Schema.text.value,
        ])
    }

    private func parameter(_ parameter: QueryParameter) -> JSONValue {
        .object([
            "name": .string(parameter.name), "in": .string("query"), "required": .bool(false),
            "schema": parameter.schema.value, "description": .string(parameter.description),
        ])
    }

    private func headers(of route: Route) -> [JSONValue] {
        guard route.takesIdempotencyKey else { return [] }
        return [
            .object([
                "name": .string("Idempotency-Key"), "in": .string("header"), "required": .bool(false),
                "schema": Schema.uuid.value,
                "description": .string("The same key again has the first one's answer, and nothing is stored twice."),
            ])
        ]
    }

    private func responses(of route: Route) -> JSONValue {
        var responses = JSONObject()
        for answer in route.operation.answers {
            var response = JSONObject([("description", .string(Self.words(for: answer.status)))])
            if !answer.content.isEmpty {
                response["content"] = .object(
                    JSONObject(answer.content.map { (JSONString($0.type), .object(["schema": $0.schema.value])) }))
            }
            responses[JSONString(String(answer.status))] = .object(response)
        }
        let errors = Dictionary(grouping: Set(route.errors), by: \.status)
        for (status, codes) in errors.sorted(by: { $0.key < $1.key }) {
            let schema = codes.contains(.trackedElsewhere) ? Schema.error.or(.named("Elsewhere")) : .error
            responses[JSONString(String(status))] = .object([
                "description": .string(codes.map(\.rawValue).sorted().joined(separator: ", ")),
                "content": .object(["application/json": .object(["schema": schema.value])]),
            ])
        }
        return .object(responses)
    }

    private static func words(for status: Int) -> String {
        switch status {
        case 201: "Made."
        case 204: "Done."
        case 206: "A part of it."
        case 304: "Not changed."
        default: "Well."
        }
    }
}

extension Route {
    /// Keys are managers'.
    var isForKeys: Bool { takesKeys && (access.allows(.manager) || access.allows(.superAdmin)) }

    /// What may come instead of an answer: what follows from the route's columns, and what it says itself.
    var errors: [APIError.Code] {
        var codes: [APIError.Code] = [.internal, .storageUnavailable, .requestTimeout] + operation.errors
        if access != .everyone { codes += [.unauthorized, .invalidToken, .accountRemoved, .forbidden] }
        if access != .everyone, access != .accountsWithTemporaryPassword { codes.append(.passwordChangeRequired) }
        if access != .everyone, access != .employees, !access.isOpenBeforeSecondFactor {
            codes.append(.secondFactorSetupRequired)
        }
        if path.isAPI { codes += [.invalidField, .badRequest] }
        if !path.parameters.isEmpty { codes.append(.notFound) }
        if method != .get { codes.append(.storageFull) }
        switch body {
        case .none: break
        case .json, .optionalJSON: codes += [.invalidJSON, .payloadTooLarge, .unsupportedMediaType]
        case .multipart: codes += [.payloadTooLarge, .unsupportedMediaType]
        }
        return codes
    }
}

extension Route.Access {
    fileprivate var words: String {
        switch self {
        case .everyone: "Everybody, without a token."
        case .employees: "Employees."
        case .managers: "Managers and administrators."
        case .managersAndThisMachine: "Managers and administrators; from this machine everybody, without a token."
        case .managersWithoutSecondFactor:
            "Managers and administrators, also while they must set up a second factor first."
        case .administrators: "Administrators."
        case .accounts: "Every account."
        case .accountsWithTemporaryPassword: "Every account, also while its password must be changed."
        }
    }
}

extension Route.BodyRule {
    fileprivate var mediaType: String? {
        switch self {
        case .none: nil
        case .json, .optionalJSON: "application/json"
        case .multipart: "multipart/form-data"
        }
    }
}
