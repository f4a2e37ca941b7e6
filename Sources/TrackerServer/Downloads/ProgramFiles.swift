import NIOPosix
import Shared

/// The programs beside the server that are offered for download, with their checksums kept as long as they do not change.
actor ProgramFiles {
    /// Those that are offered, where they lie there and run on other machines.
    static let names = ["TrackerTUI"]

    private let folder: String
    private var checksums: [String: String] = [:]
    /// Of the program as it was read last.
    private var portability: (eTag: String, runsElsewhere: Bool)?

    init(folder: String) {
        self.folder = folder
    }

    /// Nil where there is none that runs on machines without Swift.
    func open(_ name: String) async throws -> ServedFile? {
        guard let file = try await ServedFile(folder + "/" + name, pool: .singleton), try await runsElsewhere(file)
        else { return nil }
        return file
    }

    private func runsElsewhere(_ file: ServedFile) async throws -> Bool {
        if let portability, portability.eTag == file.eTag { return portability.runsElsewhere }
        let program = try await ELFProgram { try await file.read(upTo: $0, at: $1) }
        let runsElsewhere = program?.runsWithoutSwift ?? false
        portability = (file.eTag, runsElsewhere)
        return runsElsewhere
    }

    func list() async throws -> [Download] {
        var rows: [Download] = []
        for name in Self.names {
            guard let file = try await open(name) else { continue }
            rows.append(Download(name: name, size: file.size, sha256: try await checksum(of: file)))
        }
        return rows
    }

    /// In hexadecimal digits.
    private func checksum(of file: ServedFile) async throws -> String {
        if let known = checksums[file.eTag] { return known }
        let checksum = try await file.sha256().hexadecimal
        checksums = [file.eTag: checksum]
        return checksum
    }
}
