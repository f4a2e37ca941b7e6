import ArgumentParser

/// `TrackerServer encrypt`.
struct EncryptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encrypt",
        abstract: "Encrypts all images that are not encrypted yet.",
        discussion: """
            Needs \(MasterKey.setting), and works only while no server runs on the folders. It may be stopped at any time: begun \
            again, it goes on. Images that the index does not know belong to nobody and stay as they are.
            """)

    @OptionGroup var data: DataOptions

    func run() async throws { try await ConvertedFolder.convert(try data.configuration(), to: .encrypted) }
}
