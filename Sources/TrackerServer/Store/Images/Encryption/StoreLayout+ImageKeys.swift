import Files
import NIOPosix
import Settings

extension StoreLayout {
    /// The newest images of the index that a start without image keys looks at, to see whether it needs some.
    static let imagesLookedAt = 200

    /// As ``ImageKeys/open(in:master:encrypted:)``. Blocks.
    /// - Parameter images: names of some images.
    func openImageKeys(_ configuration: ServerConfiguration, images: [String]) throws -> ImageKeys? {
        try ImageKeys.open(in: dataFolder, master: try configuration.masterKey()) { () throws(FileError) in
            for name in images where try ImageFile.isEncrypted("\(uploadFolder)/\(name)") == true {
                return "\(uploadFolder)/\(name)"
            }
            return nil
        }
    }
}

extension ServerConfiguration {
    /// Nil when the setting is not set. Blocks.
    /// - Throws: `SettingError`.
    func masterKey() throws(SettingError) -> MasterKey? {
        guard let uploadKeyFile else { return nil }
        return try MasterKey.load(uploadKeyFile)
    }

    /// Which of the folders has the file of the master key in it; both must be there. Blocks.
    func folderWithKey() throws(FileError) -> String? {
        guard let uploadKeyFile else { return nil }
        let place = try Folder.resolve(WholeFile.folder(of: uploadKeyFile)) + "/"
        for folder in [dataFolder, uploadFolder] where place.hasPrefix(try Folder.resolve(folder) + "/") {
            return folder
        }
        return nil
    }
}

extension ImageFile {
    /// Nil where there is no plain file. Blocks.
    static func isEncrypted(_ path: String) throws(FileError) -> Bool? {
        guard let file = try ServedFile(opening: path, pool: .singleton) else { return nil }
        return EncryptedHeader.isEncrypted(try file.file.read(count: EncryptedHeader.magic.count, from: 0))
    }
}
