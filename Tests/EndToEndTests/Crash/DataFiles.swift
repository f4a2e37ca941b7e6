import Foundation
import JSON
import TestSupport

/// The two folders as anybody may look at them, at any moment.
struct DataFiles: Sendable {
    let folder: TemporaryFolder

    private static let arrays = [
        "data/users.json", "data/work_sessions.json", "data/corrections.json", "uploads/index.json",
    ]
    private static let objects = ["data/organization.json", "data/intervals.json", "data/credentials.json"]
    private static let others = [
        "data/.lock", "data/audit.index", "data/audit.jsonl", "data/jwt_secret", "data/written-files", "uploads/.lock",
        "uploads/written-files",
    ]

    /// A sentence for each file that is not there as a whole.
    func damages() -> [String] {
        func value(_ name: String) throws -> Any {
            try JSONSerialization.jsonObject(with: Data(try folder.bytes(of: name)))
        }
        func check(_ name: String, _ isWhole: (Any) -> Bool) -> String? {
            do {
                return isWhole(try value(name)) ? nil : "\(name) holds something else"
            } catch {
                return "\(name) is not whole: \(error)"
            }
        }
        return Self.arrays.compactMap { check($0) { $0 is [Any] } }
            + Self.objects.compactMap { check($0) { $0 is [String: Any] } }
    }

    /// Looks at the files again and again, until `isOver` is true or something is wrong. On a thread of its own: the global
    /// queue has as many as Swift's tasks run on, and two who watch would leave none for what makes it be over.
    func watch(until isOver: @escaping @Sendable () -> Bool) async -> [String] {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "watch").async {
                var damages: [String] = []
                repeat { damages = self.damages() } while damages.isEmpty && !isOver()
                continuation.resume(returning: damages)
            }
        }
    }

    /// Records of the index whose image is missing.
    func recordsWithoutImage() throws -> [String] {
        struct Record: Decodable { let file: String }
        return try JSONDecoder().decode([Record].self, from: Data(try folder.bytes(of: "uploads/index.json")))
            .map(\.file).filter { !FileManager.default.fileExists(atPath: "\(folder.path)/\($0)") }
    }

    /// The working files that a server is free to have beside the data: the journal, whatever its parts are called.
    func workingFiles() throws -> [String] {
        try strangers().filter { $0.contains("journal") }
    }

    /// Files that no start should leave: neither data nor an image that is listed.
    func leftovers(listed: Set<String>) throws -> [String] {
        try strangers().filter { !$0.contains("journal") && !listed.contains($0) }
    }

    func remove(_ names: [String]) throws {
        for name in names { try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)") }
    }

    /// Where images are encrypted.
    private static let imageKeys = "data/image_keys.json"

    private func strangers() throws -> [String] {
        let known = Set(Self.arrays + Self.objects + Self.others)
        return try ["data", "uploads"].flatMap { folder in
            try self.folder.names(in: folder).map { "\(folder)/\($0)" }
                .filter { !known.contains($0) && $0 != Self.imageKeys }
        }
    }
}
