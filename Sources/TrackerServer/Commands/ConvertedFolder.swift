import ArgumentParser
import Files
import Foundation
import Logging
import Settings
import Shared

/// What `encrypt` and `decrypt` do with the folders.
enum ConvertedFolder {
    static func convert(_ configuration: ServerConfiguration, to aim: ImageConversion.Aim) async throws {
        _ = try master(of: configuration)
        let folders = try existingFolders(configuration)
        let logger = Logger.toStandardError(configuration.logLevel)
        let store = try await JSONFileStore.open(folders.layout, logger: logger)
        let indexed = try await store.read { state in
            state.uploads.all.map { (name: $0.value.name, owner: AccountID(stored: $0.value.employeeID)) }
        }
        try await store.close()
        let names = indexed.map(\.name)
        guard let keys = try folders.layout.openImageKeys(configuration, images: names) else { return }
        let others = try others(in: folders.layout.uploadFolder, beside: Set(names))
        var seen: Set<String> = []
        let images =
            indexed.filter { UploadName.isImage($0.name) && seen.insert($0.name).inserted }.map {
                (name: $0.name, owner: Optional($0.owner))
            }
            // Whose they are, their keys say.
            + (aim == .plain ? others.map { (name: $0, owner: nil) } : [])
        let progress = Progress(count: images.count, aim == .encrypted ? "images encrypted" : "images decrypted")
        let outcome = try await ImageConversion(folder: folders.layout.uploadFolder, keys: keys, aim: aim)
            .convert(images) { progress?.show($0) }
        progress?.clear()
        if aim == .plain, outcome.failures.isEmpty { try removeKeys(in: folders.layout.dataFolder) }
        withExtendedLifetime(folders) {}
        report(outcome, others: aim == .encrypted ? others : [], aim)
        if !outcome.failures.isEmpty { throw ExitCode(1) }
    }

    /// For commands that need it.
    static func master(of configuration: ServerConfiguration) throws -> MasterKey {
        guard let master = try configuration.masterKey() else {
            throw ProgramExit(2, "\(MasterKey.setting) must name the file of the key.")
        }
        return master
    }

    /// Claimed, and not made.
    static func existingFolders(_ configuration: ServerConfiguration) throws -> ClaimedFolders {
        for folder in [configuration.dataFolder, configuration.uploadFolder] where try !Folder.exists(folder) {
            throw ProgramExit(1, "There is no folder \(folder).")
        }
        return try ClaimedFolders(configuration, logger: Logger.toStandardError(configuration.logLevel))
    }

    private static func others(in folder: String, beside names: Set<String>) throws(FileError) -> [String] {
        try Folder.files(in: folder).map(\.name).filter { UploadName.isImage($0) && !names.contains($0) }.sorted()
    }

    private static func removeKeys(in folder: String) throws(FileError) {
        try Folder.removeFile(ImageKeyFile.path(in: folder))
        try WholeFile.flushFolder(folder)
    }

    private static func report(_ outcome: ImageConversion.Outcome, others: [String], _ aim: ImageConversion.Aim) {
        let word = aim == .encrypted ? "encrypted" : "decrypted"
        func count(_ count: Int) -> String { "\(count) image\(count == 1 ? "" : "s")" }
        var parts = ["\(count(outcome.converted)) \(word)"]
        if outcome.unchanged > 0 { parts.append("\(count(outcome.unchanged)) had nothing to be done") }
        if outcome.missing > 0 { parts.append("\(count(outcome.missing)) of the index missing") }
        print(parts.joined(separator: ", ") + ".")
        for name in others {
            print("\(name.printable) is not in the index and stays as it is; see TrackerServer verify.")
        }
        for (name, reason) in outcome.failures.sorted(by: { $0.key < $1.key }) {
            let line = "\(name.printable) stays as it is: \(reason.printable)\n"
            FileHandle.standardError.write(Data(line.utf8))
        }
    }
}
