import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import Shared

/// Health and the client program.
enum SystemRoutes {
    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let programs = ProgramFiles(folder: environment.programFolder)
        return [
            .get(APIPath.health, .everyone, .init("Whether the server runs.", .json(.health))) { _ in
                .json(.object(["ok": .bool(true), "uptime": .number((environment.uptime() * 1000).rounded() / 1000)]))
            },
            .get(APIPath.downloads, .everyone, .init("The programs that can be downloaded.", .json(.downloads))) { _ in
                .json(.array(try await programs.list().map(\.json)))
            },
            .get(
                APIPath.download, .everyone,
                .init(
                    "A program.", .bytes("application/octet-stream"), .bytes("application/octet-stream", status: 206),
                    .init(status: 304), errors: [.rangeNotSatisfiable])
            ) { call in
                let name = call.parameters["name"] ?? ""
                guard ProgramFiles.names.contains(name) else { throw APIError(.notFound, "There is no such download.") }
                guard let file = try await programs.open(name) else {
                    throw APIError(
                        .notFound,
                        "Beside this server lies no \(name) that runs on other machines: `make release` builds both in "
                            + ".build/release, and the server that it puts there offers the client.")
                }
                return try await FileResponse(
                    size: file.size, eTag: file.eTag, contentType: "application/octet-stream",
                    cacheControl: "no-cache", read: { try await file.read(upTo: $0, at: $1) }
                ).response(to: call.request)
            },
        ]
    }
}
