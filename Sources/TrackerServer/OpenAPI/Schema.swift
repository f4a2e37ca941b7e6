// OpenAPI: what the interface says of itself, version 3.1 of the OpenAPI Specification. Each Route has an Operation;
// OpenAPIDocument makes the document of the route table, and Schemas.swift has the shapes of requests and answers.

import JSON

/// The shape of a JSON value, in JSON Schema (draft 2020-12).
struct Schema: Sendable, Hashable {
    private(set) var json: JSONObject

    private init(_ members: KeyValuePairs<JSONString, JSONValue>) {
        json = JSONObject(members.map { ($0.key, $0.value) })
    }

    static let text = Schema(["type": .string("string")])
    static let flag = Schema(["type": .string("boolean")])
    static let number = Schema(["type": .string("number")])
    /// UTC with three fraction digits.
    static let time = Schema(["type": .string("string"), "format": .string("date-time")])
    static let day = Schema(["type": .string("string"), "format": .string("date")])
    static let uuid = Schema(["type": .string("string"), "format": .string("uuid")])
    static let bytes = Schema(["type": .string("string"), "contentMediaType": .string("application/octet-stream")])

    static func text(_ lengths: ClosedRange<Int>) -> Schema {
        Schema([
            "type": .string("string"), "minLength": .number(lengths.lowerBound),
            "maxLength": .number(lengths.upperBound),
        ])
    }

    static let integer = Schema(["type": .string("integer")])

    static func integer(_ range: ClosedRange<Int>) -> Schema {
        Schema(["type": .string("integer"), "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)])
    }

    static func integer(from least: Int) -> Schema { Schema(["type": .string("integer"), "minimum": .number(least)]) }

    static func choice(_ words: [String]) -> Schema {
        Schema(["type": .string("string"), "enum": .array(words.map { .string($0) })])
    }

    static func list(of schema: Schema) -> Schema { Schema(["type": .string("array"), "items": schema.value]) }

    static func list(of schema: Schema, _ counts: ClosedRange<Int>) -> Schema {
        var list = list(of: schema)
        list.json["minItems"] = .number(counts.lowerBound)
        list.json["maxItems"] = .number(counts.upperBound)
        return list
    }

    /// Members by names that are not known before.
    static func map(of schema: Schema) -> Schema {
        Schema(["type": .string("object"), "additionalProperties": schema.value])
    }

    /// All members but those that are `optional` are always there.
    static func object(
        _ members: KeyValuePairs<JSONString, Schema>, optional: KeyValuePairs<JSONString, Schema> = [:]
    ) -> Schema {
        let all = members.map { ($0.key, $0.value.value) } + optional.map { ($0.key, $0.value.value) }
        var schema = Schema(["type": .string("object"), "properties": .object(JSONObject(all))])
        if !members.isEmpty { schema.json["required"] = .array(members.map { .string($0.key) }) }
        return schema
    }

    /// One of the document's components.
    static func named(_ name: String) -> Schema { Schema(["$ref": .string("#/components/schemas/\(name)")]) }

    /// The value, or `null`.
    var orNull: Schema {
        guard let type = json["type"]?.text else {
            return Schema(["anyOf": .array([value, .object(["type": .string("null")])])])
        }
        var schema = self
        schema.json["type"] = .array([.string(type), .string("null")])
        return schema
    }

    func or(_ other: Schema) -> Schema { Schema(["anyOf": .array([value, other.value])]) }

    func described(_ description: String) -> Schema {
        var schema = self
        schema.json["description"] = .string(description)
        return schema
    }

    var value: JSONValue { .object(json) }
}
