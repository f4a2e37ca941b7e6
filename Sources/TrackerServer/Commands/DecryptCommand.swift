import ArgumentParser

/// `TrackerServer decrypt`.
struct DecryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decrypt",
        abstract: "Decrypts all images, and removes the image keys.",
        discussion: """
            Needs \(MasterKey.setting), and works only while no server runs on the folders. It may be stopped at any time: begun \
            again, it goes on. Afterwards unset \(MasterKey.setting). Backups that were made before need it, and their own \
            \(ImageKeyFile.name).
            """)

    @OptionGroup var data: DataOptions

    func run() async throws { try await ConvertedFolder.convert(try data.configuration(), to: .plain) }
}
