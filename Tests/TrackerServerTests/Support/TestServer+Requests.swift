import Foundation
import JSON
import Shared
import Testing

@testable import TrackerServer

/// Who is logged in.
struct Person: Sendable {
    let email: String
    let token: String
}

/// A server that listens on this machine.
protocol Target: Sendable {
    var port: Int { get }
}

extension TestServer: Target {}

extension Target {
    /// One request on a connection of its own. `path` goes over the wire as it is.
    func send(
        _ method: String, _ path: String, as person: Person? = nil, headers: [String: String] = [:],
        body: [UInt8]? = nil
    ) async throws -> Reply {
        let wire = try Wire(port: port)
        var head = "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n"
        if let person { head += "Authorization: Bearer \(person.token)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try await wire.send(Array((head + "\r\n").utf8) + (body ?? []))
        return try await wire.reply(hasBody: method != "HEAD")
    }

    func get(_ path: String, as person: Person? = nil, headers: [String: String] = [:]) async throws -> Reply {
        try await send("GET", path, as: person, headers: headers)
    }

    func delete(_ path: String, as person: Person? = nil) async throws -> Reply {
        try await send("DELETE", path, as: person)
    }

    /// Posts JSON, or nothing at all.
    func post(
        _ path: String, _ json: String? = nil, as person: Person? = nil, headers: [String: String] = [:]
    ) async throws -> Reply {
        guard let json else { return try await send("POST", path, as: person, headers: headers) }
        return try await post(path, bytes: Array(json.utf8), as: person, headers: headers)
    }

    func post(
        _ path: String, bytes: [UInt8], as person: Person? = nil, headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send(
            "POST", path, as: person, headers: headers.merging(["Content-Type": "application/json"]) { old, _ in old },
            body: bytes)
    }
}

extension Target {
    func login(_ email: String, _ password: String = TestServer.password) async throws -> Person {
        let reply = try await post(
            APIPath.login, JSONText.object(["email": .string(email), "password": .string(password)]))
        return Person(email: email, token: try #require(try reply.json.object?["token"]?.text, "\(reply.text)"))
    }

    func admin() async throws -> Person { try await login(TestServer.admin) }
}

extension TestServer {

    /// Makes an account with ``password`` and logs it in.
    func employee(_ email: String = "eva@example.org") async throws -> Person {
        try await add(email, at: APIPath.employees)
    }

    func manager(_ email: String = "max@example.org") async throws -> Person {
        try await add(email, at: APIPath.managers)
    }

    private func add(_ email: String, at path: String) async throws -> Person {
        let reply = try await post(
            path, JSONText.object(["email": .string(email), "password": .string(Self.password)]), as: try await admin())
        try #require(reply.status == 201, "\(reply.text)")
        return try await login(email)
    }
}

extension Target {
    /// The account's path, its id escaped.
    func path(ofEmployee email: String, _ rest: String = "") -> String {
        APIPath.employees + "/" + email.queryEncoded + rest
    }

    func path(ofManager email: String, _ rest: String = "") -> String {
        APIPath.managers + "/" + email.queryEncoded + rest
    }
}

enum JSONText {
    static func object(_ members: KeyValuePairs<JSONString, JSONValue>) -> String {
        String(decoding: JSONWriter.bytes(of: .object(members), .compact), as: UTF8.self)
    }
}

extension Reply {
    var json: JSONValue {
        get throws { try JSONReader.value(of: body) }
    }

    /// The member of a JSON object in the body.
    subscript(member name: JSONString) -> JSONValue? {
        get throws { try json.object?[name] }
    }

    /// Checks that the answer is an error in the form of every error, with a sentence for a person.
    func expectError(
        _ status: Int, _ code: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(self["content-type"] == "application/json; charset=utf-8", sourceLocation: sourceLocation)
        let members = try #require(try json.object, sourceLocation: sourceLocation).members
        #expect(members.map(\.key) == ["error", "code"], sourceLocation: sourceLocation)
        #expect(try self[member: "code"]?.text == code, "\(text)", sourceLocation: sourceLocation)
        #expect(try self[member: "error"]?.text?.isEmpty == false, sourceLocation: sourceLocation)
    }

    func expect(_ status: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
    }

    /// Checks that the answer is that status with exactly that JSON.
    func expect(_ status: Int, _ json: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(self.status == status, sourceLocation: sourceLocation)
        #expect(text == json, sourceLocation: sourceLocation)
    }
}
