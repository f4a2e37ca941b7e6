import ArgumentParser
import Files
import Settings

/// `TrackerServer rekey --new-key-file FILE`.
struct RekeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rekey",
        abstract: "Wraps the image keys with another key, in place of that of \(MasterKey.setting).",
        discussion: """
            The images stay as they are, however many there are. Works only while no server runs on the data folder. Afterwards \
            set \(MasterKey.setting) to the new file. Backups of \(ImageKeyFile.name) that were made before need the old key.
            """)

    @Option(help: ArgumentHelp("The file of the new key: 32 bytes in base64.", valueName: "file"))
    var newKeyFile: String

    @OptionGroup var data: DataOptions

    func run() async throws {
        let configuration = try data.configuration()
        let old = try ConvertedFolder.master(of: configuration)
        let new = try MasterKey.load(newKeyFile, setting: "--new-key-file")
        let folders = try ConvertedFolder.existingFolders(configuration)
        let folder = folders.layout.dataFolder
        let count = try await BlockingExecutor(label: "files").run { () throws -> Int? in
            guard let file = try ImageKeyFile.read(in: folder) else {
                throw ProgramExit(1, "There are no image keys in \(folder).")
            }
            // As a run before this one has left it that was stopped before it could say so.
            if new.made(file.check) { return nil }
            let keys = try ImageKeys(file, master: old, folder: folder)
            try keys.rewrapped(with: new).write(in: folder)
            return file.entries.count
        }
        withExtendedLifetime(folders) {}
        let done =
            count.map { "\($0) image key\($0 == 1 ? " is" : "s are") wrapped" } ?? "The image keys were wrapped before"
        print("\(done) with the key in \(newKeyFile). Set \(MasterKey.setting) to it.")
    }
}
