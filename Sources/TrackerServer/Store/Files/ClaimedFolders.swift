import Files
import Foundation
import Logging
import Settings

/// The two folders, made when missing, the locks on them, and what their file systems can do.
struct ClaimedFolders: Sendable {
    let layout: StoreLayout
    private let locks: [FolderLock]

    /// - Parameters:
    ///   - probe: finds out what the file system of a folder can do.
    /// - Throws: ``FolderInUse``, `FileError`, or `ProgramExit` when others can read what is secret.
    init(
        _ configuration: ServerConfiguration, logger: Logger,
        probe: (String) -> FolderAbilities = FolderAbilities.probe
    ) throws {
        let folders = [configuration.dataFolder, configuration.uploadFolder]
        // What people put here is nobody else's business.
        for folder in folders { try Folder.make(folder) }
        let isShared = try OpenFile(folders[0], O_RDONLY).isSame(as: try OpenFile(folders[1], O_RDONLY))
        let own = isShared ? [folders[0]] : folders
        locks = try own.map(Self.lock)
        let abilities = own.map(probe)
        var layout = StoreLayout(
            dataFolder: folders[0], uploadFolder: folders[1],
            abilities: .init(data: abilities[0], uploads: abilities[isShared ? 0 : 1]))
        layout.calendar = WorkCalendar(zone: configuration.zone)
        self.layout = layout
        for (folder, abilities) in zip(own, abilities) {
            Self.say(what: abilities.missing, folder, logger)
            try Self.warn(aboutFolder: folder, logger)
        }
        for path in [
            layout.path(of: .credentials), JWTSecret.path(in: folders[0]), ImageKeyFile.path(in: folders[0]),
        ] {
            try Self.check(secret: path, canChange: abilities[0].permissions, logger)
        }
    }

    private static func lock(_ folder: String) throws -> FolderLock {
        do throws(FolderLock.Refusal) {
            return try FolderLock.acquire(folder + "/.lock")
        } catch {
            switch error {
            case .held(let owner): throw FolderInUse(folder: folder, owner: owner)
            case .file(let error): throw error
            }
        }
    }

    private static func say(what missing: [String], _ folder: String, _ logger: Logger) {
        guard !missing.isEmpty else { return }
        logger.info(
            "The folder's file system lacks what most have; the server does without",
            metadata: ["folder": "\(folder)", "lacks": "\(missing.joined(separator: ", "))"])
    }

    private static func warn(aboutFolder folder: String, _ logger: Logger) throws {
        guard let permissions = try Folder.permissions(of: folder), Exposure(of: .folder, permissions) == .everybody
        else {
            return
        }
        logger.warning("Everybody on this machine can look into the folder \(folder). Run: chmod o= \(folder)")
    }

    private static func check(secret path: String, canChange: Bool, _ logger: Logger) throws {
        guard let permissions = try Folder.permissions(of: path) else { return }
        switch Exposure(of: .file, permissions) {
        case .everybody where canChange:
            throw ProgramExit(1, "Everybody on this machine can read \(path), which is secret. Run: chmod 600 \(path)")
        case .everybody:
            logger.warning(
                "Everybody on this machine can read \(path), which is secret, and its file system keeps no permissions."
            )
        case .group: logger.warning("Its group can read \(path), which is secret. Run: chmod 600 \(path)")
        case .owner: break
        }
    }
}

/// Another server has the folder.
struct FolderInUse: Error, Sendable, CustomStringConvertible {
    let folder: String
    /// Its process id, if it could be read.
    let owner: Int?

    var description: String {
        "The folder \(folder) is in use by \(owner.map { "process \($0)" } ?? "another process")."
    }
}
