import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOPosix
import Shared

/// Health, the start page and the client program.
enum SystemRoutes {
    /// The programs that are offered for download, where they lie beside the server and run on other machines.
    static let downloads = ["TrackerTUI"]

    static func routes(_ environment: ServerEnvironment) -> [Route] {
        let programs = ProgramFiles(folder: environment.programFolder)
        return [
            .get(APIPath.health, .everyone) { _ in
                .json(.object(["ok": .bool(true), "uptime": .number((environment.uptime() * 1000).rounded() / 1000)]))
            },
            .get(APIPath.start, .everyone) { _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: "text/html; charset=utf-8", .cacheControl: "no-cache",
                        .contentSecurityPolicy: StartPage.policy,
                    ],
                    body: ResponseBody(byteBuffer: ByteBuffer(string: StartPage.html)))
            },
            .get(APIPath.downloads, .everyone) { _ in .json(.array(try await programs.list().map(\.json))) },
            .get(APIPath.download, .everyone) { call in
                let name = call.parameters["name"] ?? ""
                guard downloads.contains(name) else { throw APIError(.notFound, "There is no such download.") }
                guard let file = try await programs.open(name) else {
                    throw APIError(
                        .notFound,
                        "Beside this server lies no \(name) that runs on other machines: `make release` builds both in "
                            + ".build/release, and the server that it puts there offers the client.")
                }
                return FileResponse(
                    size: file.size, eTag: file.eTag, contentType: "application/octet-stream",
                    cacheControl: "no-cache", read: { try await file.read(upTo: $0, at: $1) }
                ).response(to: call.request)
            },
        ]
    }
}

/// The programs beside the server, with their checksums kept as long as they do not change.
private actor ProgramFiles {
    private let files: ImageStore
    private var checksums: [String: String] = [:]
    /// Of the program as it was looked at last.
    private var portability: (eTag: String, runsElsewhere: Bool)?

    init(folder: String) {
        files = ImageStore(folder: folder, pool: .singleton, logger: Logger(label: "downloads"))
    }

    /// Nil where there is none that runs on machines without Swift.
    func open(_ name: String) async throws -> StoredImage? {
        guard let file = try await files.open(name), try await runsElsewhere(file) else { return nil }
        return file
    }

    private func runsElsewhere(_ file: StoredImage) async throws -> Bool {
        if let portability, portability.eTag == file.eTag { return portability.runsElsewhere }
        let program = try await ELFProgram { try await file.read(upTo: $0, at: $1) }
        let runsElsewhere = program?.runsWithoutSwift ?? false
        portability = (file.eTag, runsElsewhere)
        return runsElsewhere
    }

    func list() async throws -> [Download] {
        var rows: [Download] = []
        for name in SystemRoutes.downloads {
            guard let file = try await open(name) else { continue }
            let checksum = try await checksum(of: file)
            rows.append(Download(name: name, size: file.size, sha256: checksum))
        }
        return rows
    }

    private func checksum(of file: StoredImage) async throws -> String {
        if let known = checksums[file.eTag] { return known }
        let checksum = try await file.sha256().map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        checksums = [file.eTag: checksum]
        return checksum
    }
}
