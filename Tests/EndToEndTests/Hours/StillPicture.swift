import Foundation
import TestSupport

/// Copies of folders in which a program is at work, each as all of it stood at one instant.
enum StillPicture {
    struct NeverStill: Error {}

    private static let tries = 200

    static func copy(of folder: TemporaryFolder) async throws -> TemporaryFolder {
        for _ in 0..<tries {
            let before = try marks(in: folder.path)
            let copy = try TemporaryFolder(inMemory: true)
            let outcome = try await run("cp", "-a", folder.path + "/.", copy.path)
            // What was the same before and after was so all the while; a file that went meanwhile is an error of cp's.
            if outcome.status == 0, try marks(in: folder.path) == before { return copy }
        }
        throw NeverStill()
    }

    /// What changes of each file when somebody writes to it, replaces it, or gives it another name.
    private static func marks(in folder: String) throws -> [String: String] {
        var marks: [String: String] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            do {
                let file = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
                let changed = (file[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
                marks[name] = "\(file[.systemFileNumber] ?? 0) \(file[.size] ?? 0) \(changed ?? 0)"
            } catch CocoaError.fileReadNoSuchFile {
                // Gone since: the next look differs.
            }
        }
        return marks
    }
}
